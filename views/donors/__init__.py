"""The pages of donors: the list, the file of one donor, edits, consent and rights."""
