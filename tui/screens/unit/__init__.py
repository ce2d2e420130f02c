"""The unit: people, recovery sheet, backups, settings, the centre."""
