"""The yardstick: a websocket server that does nothing but answer each JSON message with the same text.

It stands on the stack that parleyrun stands on (Starlette, uvicorn with `websockets-sansio`, uvloop, no
compression), so what parleyrun costs on top of it is what parleyrun does: sessions, record, worlds, threads.
Started by `processes.py`; prints `ready: ADDRESS` on standard error like `parleyrun serve`.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for message in websocket.iter_json():
        await websocket.send_json({"text": message["text"], "quick_replies": None})


def main() -> None:
    app = Starlette(routes=[WebSocketRoute("/websocket", echo)])
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        loop="uvloop",
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    # The socket listens already: whoever connects from now on is taken as soon as the loop runs.
    print(f"ready: http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
