"""The phone connector: calls become reports, notices become calls."""
