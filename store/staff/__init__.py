"""The head's work on people: appointments, first passphrases, people lists, the recovery sheet, a new key."""
