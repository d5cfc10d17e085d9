"""Listening to talks while they go on: their two legs come in as sound, and go out as lines."""
