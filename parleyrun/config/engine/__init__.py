"""What stands under `engine:`."""
