"""What shows that the ledger is the one that others have seen: checkpoints, receipts, witnesses, epochs."""
