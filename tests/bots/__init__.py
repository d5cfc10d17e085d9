"""The message doors, with the real library and a fake wire."""
