"""Read models: what a screen or a chat is shown, as one person may see it; nothing is changed."""
