"""The places people can be in: the door, the overworld, onboarding, a pool, a task, and what comes after it."""
