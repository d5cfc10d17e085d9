"""A data folder as version 0.1.0 left it, made anew each time, and what becomes of it."""
