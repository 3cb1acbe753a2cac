"""Where records are that the archive reads: what it asks of them, and stores in databases."""
