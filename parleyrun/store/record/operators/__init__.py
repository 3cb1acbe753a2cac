"""What operators did and have set, on record."""
