"""How the books begin, or begin again from a backup."""
