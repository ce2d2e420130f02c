"""The office's books: ledger, queue, people, months. Knows no screen and no network."""
