"""Bots' seats: when a model speaks, at which pace, and what becomes of its failures."""
