"""Alerts: what somebody is told of who does not look, once, with a reminder, and on record."""
