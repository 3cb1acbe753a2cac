"""The soak: people who talk while the server is killed again and again, and a checker that counts their words."""
