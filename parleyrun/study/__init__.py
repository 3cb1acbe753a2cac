"""The study around a conversation: how people arrive."""
