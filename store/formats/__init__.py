"""The exact bytes that others can verify (docs/formats.md). Knows no database and no person."""
