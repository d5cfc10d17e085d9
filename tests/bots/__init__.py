"""The message connectors, with the real library and a fake wire."""
