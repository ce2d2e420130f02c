"""Where the books lie on the disk, and the one function that writes to them."""
