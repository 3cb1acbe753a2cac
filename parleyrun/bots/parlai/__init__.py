"""Agents of ParlAI, where it is installed."""
