"""What projects that were written for ParlAI need of a config, and of the names that they import."""
