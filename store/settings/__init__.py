"""The settings that the head may change, office hours, gateways, and the catalogue of services."""
