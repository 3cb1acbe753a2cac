"""Signs: what people are shown besides words."""
