"""A month's summary, findings, signatures and report."""
