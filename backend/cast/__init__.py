"""Demo players: a process that plays the posts through the real doors."""
