"""Papers: PDF in the state's typeface, always in Thai."""
