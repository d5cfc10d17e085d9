"""What every channel asks, and what a report's words say about it."""
