"""Doubles of what we talk to: small, in memory, answering as the real ones do."""
