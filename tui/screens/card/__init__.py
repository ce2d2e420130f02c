"""Questions about the card reader and practice's cards."""
