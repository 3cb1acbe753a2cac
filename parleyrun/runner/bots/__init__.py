"""Bots in runs: where their models think, and what their seats ask of a run."""
