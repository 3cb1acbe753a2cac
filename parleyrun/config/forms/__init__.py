"""Forms in a config, and in files of their own: what may stand there, and the forms that are made of it."""
