"""Evaluation: agents on tasks, as a library."""
