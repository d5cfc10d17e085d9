"""The phone door: calls become reports, notices become calls."""
