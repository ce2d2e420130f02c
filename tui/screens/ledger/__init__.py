"""The usage ledger as a list that can be searched."""
