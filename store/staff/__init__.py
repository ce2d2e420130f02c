"""Who comes, goes, and gets another passphrase or the recovery sheet: the head's work."""
