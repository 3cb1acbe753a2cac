"""Composing: a committed line as requests to the Graph API."""
