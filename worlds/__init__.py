"""Example worlds. Each module is run by the config of the same name in `configs/`."""
