"""Bots in conversations: where they sit, and the model that looks at what is said."""
