"""Pools: people who wait, and how groups are taken from among them."""
