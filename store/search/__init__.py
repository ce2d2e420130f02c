"""Searching the ledger, and exporting a month of it as a table."""
