"""A citizen at the counter: visits, documents, lookups and their answers, corrections, slips."""
