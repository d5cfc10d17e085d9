"""The figures of the bench: what the product does beside what its parts could do at most."""
