"""Patterns that texts have to fit, matched in a time that is known beforehand."""
