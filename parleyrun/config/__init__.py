"""Configuration: from a YAML file to a checked `Config`, and on to a `Plan` with nothing left to look up."""
