"""Limits: how much is asked of a server at once, a minute, and after failures."""
