"""Lanes: copies of a task and its agent that share the examples out, in batches, threads and processes."""
