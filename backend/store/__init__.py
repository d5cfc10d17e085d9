"""All SQL, one file a matter."""
