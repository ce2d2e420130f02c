"""Tests of the program; each room mirrors a room of the program."""

import tui  # noqa: F401 - gives the books the list of gateways, also in the processes of the tests
