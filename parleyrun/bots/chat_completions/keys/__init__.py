"""Keys: what nobody is to read of what a server answers."""
