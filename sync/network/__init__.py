"""Is there a connection, and one HTTP call over it."""
