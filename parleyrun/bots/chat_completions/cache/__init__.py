"""Answers that are kept, for requests that are made again."""
