"""Commands about evaluations that are written down, and what they share with `eval`."""
