"""Every queue there is, with a bad item at its head."""
