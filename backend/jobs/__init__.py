"""What runs by the clock: the worker's loops, and the numbering and reading of the feed."""
