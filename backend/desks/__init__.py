"""Use cases: one function for each thing a post does."""
