"""A month: its table, its findings, its signatures."""
