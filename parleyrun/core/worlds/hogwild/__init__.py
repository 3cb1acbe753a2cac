"""Hogwild: one world in several processes."""
