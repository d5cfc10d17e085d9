"""The record that can be believed (存证): entries, the tree over them, and what is signed of it."""
