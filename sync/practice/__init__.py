"""Gateways and a centre of practice, on this PC alone."""
