"""How books are created, or restored from a backup."""
