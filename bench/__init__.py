"""Measurements of what the program promises: `make bench`."""

import tui  # noqa: F401 - the books learn here which gateways there are
