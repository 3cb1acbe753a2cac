"""The operators' pages and their HTTP API: who may come in, what they may ask, and what they are shown."""
