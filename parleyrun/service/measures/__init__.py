"""What is measured of a service: how values are spread, and what is read of them all at once."""
