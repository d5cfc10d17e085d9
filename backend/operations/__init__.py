"""What runs our own servers: PostgreSQL, Asterisk, and the supervisor of all processes."""
