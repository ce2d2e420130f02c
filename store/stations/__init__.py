"""The ledgers of the office's other PCs: brought in, verified, taken out."""
