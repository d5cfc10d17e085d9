"""What connectors may rely on: one suite of behaviours over the backend and over its fake."""
