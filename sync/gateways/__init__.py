"""GDx and the Linkage Center: a driver each, and what their answers mean."""
