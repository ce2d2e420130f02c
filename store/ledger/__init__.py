"""The append-only ledger of uses: writing lines, the tree over the lines, verifying them."""
