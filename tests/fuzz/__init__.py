"""A fuzzer of every route that the backend's own router has."""
