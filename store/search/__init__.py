"""What is found in the ledger, and taken out of it as a table."""
