"""Models as judges: what they are asked by a rubric, what they said, and how far people agree with them."""
