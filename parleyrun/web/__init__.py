"""The web: an ASGI app with the chat page, the websocket and a health check. Needs the `serve` extra."""
