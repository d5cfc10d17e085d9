"""Tests of the room hotline."""
