"""Measurements of the program's performance promises: `make bench`."""

import tui  # noqa: F401 - importing it gives the books the list of gateways
