"""The way to a service that runs: a socket beside its store, for those who may write to that."""
