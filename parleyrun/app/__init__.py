"""The app: the one place where a plan, a store, channels and a web server are put together."""
