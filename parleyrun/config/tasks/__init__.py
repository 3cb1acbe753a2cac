"""What stands under `tasks:` and `conditions:`."""
