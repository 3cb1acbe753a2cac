"""Metrics: figures that say how well an agent did, and how they add up."""
