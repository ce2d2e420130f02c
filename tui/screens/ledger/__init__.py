"""The usage ledger as a list."""
