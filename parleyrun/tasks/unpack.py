"""Unpacking an archive into a folder, and nowhere else."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from gzip import BadGzipFile
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import IO

from ..errors import TaskError

_MOST_BYTES = 64 << 30
_MOST_FILES = 1_000_000
_CHUNK_BYTES = 1 << 20

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, BadGzipFile, LZMAError, zlib.error, EOFError)


@dataclass(slots=True)
class _Budget:
    files: int = _MOST_FILES
    size_bytes: int = _MOST_BYTES


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar (compressed or not) or zip archive into a folder, beside what is there already.

    All of it or nothing: what lies at the top of the archive appears in the folder when everything is unpacked.
    Links and devices are left out. Raises `TaskError` if it is no archive, is damaged, holds a path that leads
    out of the folder, or is larger than any data set; `OSError` if there is no room for it.
    """
    aside = Path(mkdtemp(prefix=".unpacking-", dir=folder))
    budget = _Budget()
    try:
        with _opened(archive) as files:
            for name, content in files:
                _write(archive, aside, name, content, budget)
        for path in sorted(aside.iterdir()):
            target = folder / path.name
            if not target.exists():
                path.rename(target)
    except _DAMAGE as error:
        what = str(error).partition("\n")[0]
        raise TaskError(f"cannot unpack {archive}: {what} Remove it, and it is fetched again") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            yield ((info.filename, packed.open(info)) for info in packed.infolist() if not info.is_dir())
    else:
        with tarfile.open(archive) as packed_tar:
            yield _files_of(packed_tar)


def _files_of(packed: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in packed:
        content = packed.extractfile(member) if member.isreg() else None
        if content is not None:
            yield member.name, content
    # Damage behind the first member looks to tarfile like the end. Compressed data tells, if it is read on.
    while packed.fileobj is not None and packed.fileobj.read(_CHUNK_BYTES):
        pass


def _write(archive: Path, folder: Path, name: str, content: IO[bytes], budget: _Budget) -> None:
    inside = PurePosixPath(name.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]:
        raise TaskError(
            f"expected paths inside of the archive {archive}, got {name!r}: it is not what it should be"
        )
    target = folder.joinpath(*inside.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    budget.files -= 1
    with content, target.open("wb") as file:
        while chunk := content.read(_CHUNK_BYTES):
            budget.size_bytes -= len(chunk)
            if budget.size_bytes < 0 or budget.files < 0:
                raise TaskError(
                    f"expected at most {_MOST_FILES:,} files and {_MOST_BYTES:,} bytes in {archive}, got more"
                )
            file.write(chunk)
