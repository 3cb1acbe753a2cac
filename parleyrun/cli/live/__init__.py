"""The view of a service at the terminal that it runs at."""
