"""Written bots: what they say stands in the config."""
