"""Tests of the program; each room mirrors a room of the program."""

import tui  # noqa: F401 - the books learn here which gateways there are, in the tests' own processes too
