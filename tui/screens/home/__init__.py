"""Home: what is to be done now, and the day's end."""
