"""The telephone room at the exchange: what happens in it is told, and what is wanted of it made."""
