"""What people send, on its way to the record: what of it is taken, and how much."""
