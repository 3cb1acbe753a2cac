"""Simulated users: models with goals that talk in a world of an author's own, which says how well it went."""
