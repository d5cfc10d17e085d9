"""The subcommands of the hotline command, one a file."""
