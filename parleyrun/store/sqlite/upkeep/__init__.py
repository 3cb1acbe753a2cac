"""Looking after the file of a store."""
