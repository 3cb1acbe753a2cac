"""What people's seats do besides hearing and speaking: filling in forms, and being left."""
