"""A citizen at the counter, from the choice of the service to the slip."""
