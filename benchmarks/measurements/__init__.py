"""One file a measurement. Each has `measure(folder)`, which makes it once and returns its figures."""
