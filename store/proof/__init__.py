"""The proof that nobody changed the ledger unnoticed: checkpoints, receipts, witnesses, epochs."""
