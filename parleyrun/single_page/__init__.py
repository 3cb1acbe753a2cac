"""Pages that are one file of HTML each: what is in every one of them, so that nothing is loaded from elsewhere."""
