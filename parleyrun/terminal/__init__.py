"""People at this terminal."""
