"""What every screen is made of: rows, keys, questions, progress, errors."""
