"""The browser channel: the chat page, and anything else that speaks its websocket protocols."""
