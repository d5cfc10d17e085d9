"""Backup and restore: database, media, spool and secrets, and the log that leads to any instant."""
