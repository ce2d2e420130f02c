"""Home: what is to be done now, and the end of the day."""
