"""Channels: the doors people come through. The contract is `parleyrun.events.Channel`."""
