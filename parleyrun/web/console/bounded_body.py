"""The body of a request, bounded in size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from .console_access import NotLetIn

READ_WITHIN_SECONDS = 10.0

_CLOSE = {"connection": "close"}


async def bounded_body(request: Request, most_bytes: int) -> bytes:
    """Return what came with a request.

    Raises:
        NotLetIn: It is too long, or does not come; the connection is closed behind the answer.
    """
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > most_bytes:
        raise NotLetIn(413, f"expected at most {most_bytes} bytes", _CLOSE)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise NotLetIn(413, f"expected at most {most_bytes} bytes", _CLOSE)
    except TimeoutError:
        raise NotLetIn(408, "expected a whole request, got a part of one", _CLOSE) from None
    except ClientDisconnect:
        raise NotLetIn(400, "expected a whole request") from None
    return bytes(body)
