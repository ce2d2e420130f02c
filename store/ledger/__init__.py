"""The append-only record of every use: writing a line, the tree over the lines, verifying them."""
