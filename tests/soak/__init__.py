"""The soak: people who talk while the server is killed or attacked, and a checker that counts their words."""
