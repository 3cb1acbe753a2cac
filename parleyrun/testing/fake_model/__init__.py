"""A server of chat completions on this machine, for tests: it says, and fails, what it is told to."""
