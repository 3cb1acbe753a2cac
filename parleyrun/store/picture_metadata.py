"""Picture metadata: what a camera writes beside a picture, where it was taken for one, is taken out of a file.

JPEG, PNG, WebP and MP4 say themselves where their parts begin. GIF has no place for a location. What WebM, Ogg,
MP3, WAV and PDF files hold besides their content is left as it is: it is none that cameras write.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG_BEGIN = 8
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"sBIT", b"bKGD", b"pHYs"}
    | {b"acTL", b"fcTL", b"fdAT", b"cICP"}
)
_JPEG_KEPT_APPS = (0xE0, 0xE2, 0xEE)  # JFIF, colours, Adobe's transformation
_ORIENTATION = 0x0112
_MP4_CONTAINERS = (b"moov", b"trak", b"moof", b"traf")
_MP4_TOLD = (b"udta", b"meta", b"uuid")
_WEBP_TOLD = (b"EXIF", b"XMP ")
_WEBP_TOLD_FLAGS = 0x0C


def without_metadata(mime: str, data: bytes) -> bytes:
    """Return a file without what it tells besides its content; which way up a picture is stays.

    Raises:
        ValueError: It is not made as files of its type are.
    """
    try:
        match mime:
            case "image/jpeg":
                return b"".join(_jpeg_parts(data))
            case "image/png":
                return data[:_PNG_BEGIN] + b"".join(_png_parts(data))
            case "image/webp":
                return _webp(data)
            case "video/mp4" | "audio/mp4":
                cleared = bytearray(data)
                _clear_mp4(cleared, 0, len(cleared))
                return bytes(cleared)
            case _:
                return data
    except (struct.error, IndexError) as error:
        raise ValueError(f"expected a whole {mime} file: {error}") from error


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("expected a segment in a JPEG file")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            yield data[at : at + 2]
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xDA:
            # From here on it is the picture; what stands behind its end is left out.
            yield from _jpeg_scans(data, at)
            return
        segment = data[at:end]
        if len(segment) != end - at:
            raise ValueError("expected a whole segment in a JPEG file")
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            yield _orientation_only(segment[10:])
        elif marker != 0xFE and (not 0xE0 <= marker <= 0xEF or marker in _JPEG_KEPT_APPS):
            yield segment
        at = end


def _jpeg_scans(data: bytes, at: int) -> Iterator[bytes]:
    """Yield a picture's scans and the tables between them, up to its end."""
    begin = at
    while True:
        at = data.index(b"\xff", at)
        marker = data[at + 1]
        if marker == 0xD9:
            yield data[begin : at + 2]
            return
        if marker == 0 or marker == 0xFF or 0xD0 <= marker <= 0xD7:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            yield data[begin:at]
            begin = end
        at = end


def _orientation_only(tiff: bytes) -> bytes:
    """Return a segment that tells which way up a picture is, and nothing else; none where that is not known."""
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        at = struct.unpack_from(f"{order}I", tiff, 4)[0]
        for entry in range(struct.unpack_from(f"{order}H", tiff, at)[0]):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * entry)
            if tag == _ORIENTATION and 1 <= value <= 8:
                told = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, value, 0, 0)
                return b"\xff\xe1" + struct.pack(">H", 8 + len(told)) + b"Exif\0\0" + told
    except struct.error:
        pass  # what it tells cannot be read, by nobody else either
    return b""


def _png_parts(data: bytes) -> Iterator[bytes]:
    at = _PNG_BEGIN
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("expected a whole chunk in a PNG file")
        if name in _PNG_KEPT:
            yield data[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(data: bytes) -> bytes:
    parts: list[bytes] = []
    at, whole = 12, 8 + struct.unpack_from("<I", data, 4)[0]
    if whole > len(data):
        raise ValueError("expected a whole WebP file")
    while at < whole:
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length + length % 2
        part = bytearray(data[at:end])
        if name == b"VP8X":
            part[8] &= ~_WEBP_TOLD_FLAGS & 0xFF
        if name not in _WEBP_TOLD:
            parts.append(bytes(part))
        at = end
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _clear_mp4(data: bytearray, at: int, end: int) -> None:
    """Make free space of what is told besides; nothing moves, as other parts say where things are."""
    while at + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            length = struct.unpack_from(">Q", data, at + 8)[0]
            head = 16
        elif length == 0:
            length = end - at
        if length < head or at + length > end:
            raise ValueError("expected a whole box in an MP4 file")
        if name in _MP4_TOLD:
            data[at + 4 : at + 8] = b"free"
            data[at + head : at + length] = bytes(length - head)
        elif name in _MP4_CONTAINERS:
            _clear_mp4(data, at + head, at + length)
        at += length
