"""What operators see at a terminal."""
