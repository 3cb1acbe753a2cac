"""Models in a config: what can answer, where bots sit, and whether the two fit together."""
