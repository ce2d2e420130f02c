"""Backups, and what happens to lines and answers whose years are over."""
