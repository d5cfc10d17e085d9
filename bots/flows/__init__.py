"""The conversations, one post a file; the same on every message channel."""
