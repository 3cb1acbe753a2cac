"""Where a command's answer goes: standard output, or a file that is there only once it is whole."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from ...private_files import create_private
from ...text import Style


@contextmanager
def output(path: Path | None) -> Iterator[TextIO]:
    """Yield a stream of UTF-8 to write to, with line ends left as they are. Its file is for its owner only.

    Args:
        path: The file, written under the name `NAME.part` until the block has ended well.
            None is standard output.

    Raises:
        ClickException: That fails.
    """
    if path is None:
        with _standard_output() as out:
            yield out
        return
    with _in_place_of(path) as (part, handle):
        target = part if handle is None else handle
        with open(target, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:
            yield out


@contextmanager
def binary_output(path: Path) -> Iterator[Path]:
    """Yield the path of a file to write, for its owner only, that is there once the block has ended well.

    Args:
        path: The file, written under the name `NAME.part` until then.

    Raises:
        ClickException: That fails.
    """
    with _in_place_of(path) as (part, handle):
        if handle is not None:
            os.close(handle)
        yield part


@contextmanager
def _in_place_of(path: Path) -> Iterator[tuple[Path, int | None]]:
    """Yield where to write, and a handle to it, which the block closes; what is there takes the path's place then.

    A device, or a pipe, is yielded itself, without a handle: there is no taking its place.
    """
    path = path.resolve()
    try:
        if path.exists() and not path.is_file():
            yield path, None
            return
        part = path.with_name(f"{path.name}.part")
        try:
            part.unlink(missing_ok=True)  # of a run that was killed, perhaps, or a link that leads elsewhere
            yield part, create_private(part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise click.ClickException(f"cannot write to {path}: {error.strerror or error}") from error


def metadata_path_of(path: Path) -> Path:
    """Return where the metadata that belongs to a file of conversations goes; refuse a file that is called so."""
    metadata = path.with_suffix(".metadata")
    if metadata == path:
        raise click.UsageError(
            f"{path} is where the metadata goes: expected a name such as {path.with_suffix('.jsonl')}"
        )
    return metadata


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a file of these lines, given without their ends."""
    with output(path) as out:
        out.writelines(f"{line}\n" for line in lines)


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="backslashreplace", newline="")
    with quiet_when_unread():
        try:
            yield out
            out.flush()
        finally:
            with contextlib.suppress(OSError):  # it was told of already
                out.detach()


@contextmanager
def quiet_when_unread() -> Iterator[None]:
    """End the command without a word when whoever reads its output has seen enough (`| head`)."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        with contextlib.suppress(OSError, ValueError):
            # What is still buffered would be written when Python ends, and be complained of.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.exceptions.Exit(0) from error


def style_for(stream: TextIO) -> Style:
    """Return what gives a text a style (`fg`, `bold`, `dim`), or leaves it as it is where a stream shows none."""
    return click.style if wants_color(stream) else unstyled


def unstyled(text: str, **_style: Any) -> str:
    """Return the text as it is."""
    return text


def wants_color(stream: TextIO) -> bool:
    """Whether a stream is a terminal, whose owner has not asked for no colours (`NO_COLOR`)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
