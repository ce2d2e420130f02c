"""The office's books: ledger, queue, people, months. It uses neither screens nor the network."""
