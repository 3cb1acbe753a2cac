"""Checks: what `validate` finds by trying it."""
