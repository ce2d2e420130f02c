"""The exact byte formats that outsiders can verify (docs/formats.md); without any database or person."""
