"""The state of the network, and single HTTP calls over it."""
