"""The office's other PCs: which ones are trusted, and what was imported of their ledgers."""
