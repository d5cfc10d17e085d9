"""The message connectors: chats become reports, tasks and notices become messages."""
