"""Whole frames: text that comes or goes in one piece, as nearly all does, passes by the library's parser."""

from __future__ import annotations

from types import GeneratorType
from typing import Any

from websockets.protocol import CLOSING
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

_WHOLE_TEXT = 0x81
"""The first byte of a frame that is a whole text: no other follows, and nothing about it is extended."""

_MASKED = 0x80
_TWO_BYTES = 126
_EIGHT_BYTES = 127
"""What stands in the place of a length that is in as many bytes after it."""

_MASK_BYTES = 4
_WAITS = StreamReader.at_eof.__code__


def text_of(data: bytes, most_bytes: int) -> str | None:
    """Return what is said in a frame of a client.

    Args:
        data: What came, from the beginning of a frame on.
        most_bytes: How long the text may be.

    Returns:
        None if it is anything but one whole frame of text.
    """
    if len(data) < 6 or data[0] != _WHOLE_TEXT or data[1] < _MASKED:
        return None
    size, start = data[1] - _MASKED, 2
    if size == _TWO_BYTES:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == _EIGHT_BYTES:
        return None
    text = start + _MASK_BYTES
    if len(data) != text + size or size > most_bytes:
        return None
    try:
        return apply_mask(data[text:], data[start:text]).decode()
    except UnicodeDecodeError:
        return None


def text_frame(text: str) -> bytes:
    """Return the frame in which a server says this."""
    data = text.encode()
    size = len(data)
    if size < _TWO_BYTES:
        return bytes((_WHOLE_TEXT, size)) + data
    if size < 1 << 16:
        return bytes((_WHOLE_TEXT, _TWO_BYTES)) + size.to_bytes(2, "big") + data
    return bytes((_WHOLE_TEXT, _EIGHT_BYTES)) + size.to_bytes(8, "big") + data


def is_between_frames(connection: ServerProtocol) -> bool:
    """Say whether a connection is not closing, and waits for a frame of which nothing has come yet."""
    if connection.state >= CLOSING:
        return False
    parser: Any = connection.parser
    while isinstance(parser.gi_yieldfrom, GeneratorType):
        parser = parser.gi_yieldfrom
    return parser.gi_code is _WAITS
