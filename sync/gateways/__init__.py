"""The gateways (GDx and the Linkage Center): their drivers, and the meaning of their answers."""
