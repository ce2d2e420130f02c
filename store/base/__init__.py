"""Where the files of an office are on the disk, and the one function that writes to the books."""
