"""A case and the rules it walks by."""
