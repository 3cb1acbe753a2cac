"""What runs on a host: the runs of conversations, and what they report."""
