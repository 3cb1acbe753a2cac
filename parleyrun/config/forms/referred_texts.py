"""Texts that may stand in a file of their own, beside the file that names it."""

from __future__ import annotations

from pathlib import Path

from ...text import quoted
from ..diagnostics import Findings, KeyPath

LONGEST_BYTES = 1 << 18
_SUFFIXES = (".md", ".txt")


def text_at(value: str, folder: Path, path: KeyPath, findings: Findings) -> str:
    """Return the text that is meant: the value itself, or what stands in the file that it names.

    Args:
        value: A text; or, on one line that ends in `.md` or `.txt`, the path of a file.
        folder: Where the path begins.
        path: Where the value stands.
        findings: Learns that the file cannot be read.
    """
    if "\n" in value or not value.strip().endswith(_SUFFIXES):
        return str(value)
    try:
        with (folder / value.strip()).open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
        if len(data) > LONGEST_BYTES:
            raise ValueError(f"it is longer than {LONGEST_BYTES:,} bytes")
        return data.decode("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        message = f"expected a text, or the path of a file in UTF-8, got {quoted(value)}: {why}"
        findings.add("file-not-read", path, message)
        return ""
