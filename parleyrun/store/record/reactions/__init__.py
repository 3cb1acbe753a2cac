"""How people react to lines, and which lines they reply to, on record."""
