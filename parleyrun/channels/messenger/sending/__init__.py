"""Sending: one queue for each person, a rate for the page, and what to do when a send fails."""
