"""Models of the library transformers, which are loaded into this process."""
