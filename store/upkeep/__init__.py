"""Backups, retention, and the archive of past years."""
