"""The practice gateway and the practice centre, on this PC alone."""
