"""Reads Thai ID cards, and knows Thai dates and numbers. Imports none of the other floors."""
