"""What watches an app from outside, where a config asks for it."""
