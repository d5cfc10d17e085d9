"""Every sentence a person hears or reads, by key and language."""
