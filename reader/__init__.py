"""The card, and how Thailand writes things. Imports none of the other floors."""
