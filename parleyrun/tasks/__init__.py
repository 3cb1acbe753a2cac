"""Tasks by name: the built-in ones, where their data comes from, and finding your own."""
