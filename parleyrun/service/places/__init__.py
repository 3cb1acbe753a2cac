"""The places people can be in: the door, the overworld, onboarding, a pool, a task."""
