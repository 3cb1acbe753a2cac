"""File types: what a file is by its content, whatever its sender calls it. The list is closed."""

from __future__ import annotations

from collections.abc import Callable

_ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/webm": ".weba",
    "application/pdf": ".pdf",
}

_STILL_BRANDS = (b"hei", b"hev", b"mif1", b"msf1", b"avi")
"""What pictures of phones (HEIC, AVIF) say of themselves, which are made of the same boxes as films."""

_SIGNS: tuple[tuple[Callable[[bytes], bool], tuple[str, ...]], ...] = (
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), ("image/png",)),
    (lambda data: data.startswith(b"\xff\xd8\xff"), ("image/jpeg",)),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), ("image/gif",)),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", ("image/webp",)),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WAVE", ("audio/wav",)),
    (lambda data: data[4:8] == b"ftyp" and not data[8:12].startswith(_STILL_BRANDS), ("video/mp4", "audio/mp4")),
    (lambda data: data.startswith(b"\x1a\x45\xdf\xa3"), ("video/webm", "audio/webm")),
    (lambda data: data.startswith(b"OggS"), ("audio/ogg",)),
    (lambda data: data.startswith(b"ID3") or data[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"), ("audio/mpeg",)),
    (lambda data: data.startswith(b"%PDF-"), ("application/pdf",)),
)


def file_type(kind: str, data: bytes) -> str | None:
    """Return the MIME type of a file's content, if a payload of this kind may hold it.

    Args:
        kind: The payload's type: image, video, audio, or file for any of them and for PDF.
        data: The file.

    Returns:
        None for what is not on the list, or is of another kind.
    """
    mimes = next((mimes for shows, mimes in _SIGNS if shows(data)), ())
    return next((mime for mime in mimes if kind == "file" or mime.startswith(f"{kind}/")), None)


def ending_of(mime: str) -> str:
    """Return what the name of a file of this type ends in."""
    return _ENDINGS[mime]
