"""The demo city: its past, and a process of players that work its posts as people do."""
