"""Telegram behind the channel protocol."""
