"""The message doors: chats become reports, tasks and notices become messages."""
