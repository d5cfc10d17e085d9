"""The core: records and rules of a city hotline; no I/O, no clock, no framework."""
