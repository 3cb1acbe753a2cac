"""What the people who run a study can do while it runs: one set of operations, whichever way they come in."""
