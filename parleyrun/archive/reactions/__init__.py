"""How people reacted to messages, and which one another replies to, as the archive reads it."""
