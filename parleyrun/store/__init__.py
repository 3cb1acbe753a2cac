"""The store: the record of what was said. Nothing goes out, and nothing is acknowledged, before it is in here."""
