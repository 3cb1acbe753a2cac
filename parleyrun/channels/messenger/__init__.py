"""Messenger: people who write to a Facebook page."""
