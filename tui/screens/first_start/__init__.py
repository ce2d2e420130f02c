"""The first start of a PC, step by step."""
