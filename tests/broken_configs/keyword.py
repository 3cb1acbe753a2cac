"""A world module with the name of one that Python has imported already."""
