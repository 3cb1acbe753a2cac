"""What a config says of watching a study."""
