"""The words for every state, reason and figure, and how a text is cut into cells."""
