"""Frames of websockets: read and written whole, bounded while they are unfinished."""
