"""What the officer sees and types: the full screen and the command line."""
