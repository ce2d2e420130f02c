"""Exchange by USB stick, for offices without a network."""
