"""Files that people made with a spreadsheet or a text editor: whatever those put into them besides the text."""

from __future__ import annotations

from pathlib import Path

from ...errors import PanelError

MAX_FILE_BYTES = 16 << 20

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_table_text(path: Path) -> str:
    """Return the text of a file, without a byte-order mark, with line ends of one kind.

    Raises:
        PanelError: It cannot be read, is too large, or is no UTF-8; the message says how to mend it.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise PanelError(f"cannot read {path}: {error.strerror or error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise PanelError(f"expected {path} to have at most {MAX_FILE_BYTES:,} bytes, got more")
    if content.startswith(_UTF_16):
        raise PanelError(f"expected {path} in UTF-8, got UTF-16: save it as 'CSV UTF-8'")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PanelError(
            f"expected {path} in UTF-8, got something else in line {line}: save it as 'CSV UTF-8'"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
