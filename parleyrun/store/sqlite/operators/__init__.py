"""What operators did and have set, in the file."""
