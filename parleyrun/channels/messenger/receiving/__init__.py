"""Receiving: webhook requests as events."""
