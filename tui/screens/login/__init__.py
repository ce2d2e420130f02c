"""Before the books are open: log-in, passphrases, a PC without books."""
