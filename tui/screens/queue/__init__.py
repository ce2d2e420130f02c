"""What waits to be sent, and the ways to send it."""
