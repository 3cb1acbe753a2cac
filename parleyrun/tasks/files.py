"""Files of data: those of the user, found by an option, and those that come with the package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core.teachers.datatype import Fold
from ..errors import DataMissing, TaskError

SAMPLES = Path(__file__).parent / "samples"
"""The small data that comes with the package."""


def users_file(opt: Mapping[str, Any], key: str, fold: Fold, suffix: str) -> Path:
    """Return the file that `opt[key]`, or else a name such as `fromfile:PATH`, stands for.

    It is a file, or a prefix to which `_train`, `_valid` or `_test` and the suffix are added.
    """
    home, _, named = str(opt.get("task") or "").partition(":")
    given = opt.get(key) or named
    if not given:
        raise TaskError(f"the task {home!r} needs to know its file: set '{key}', or name it as {home}:PATH")
    path = Path(given).expanduser()
    if path.is_file():
        return path
    of_fold = path.with_name(f"{path.name}_{fold}{suffix}")
    if not of_fold.is_file():
        raise DataMissing(
            f"expected a file at {path}, or at {of_fold}, got neither: look at '{key}' or {home}:PATH"
        )
    return of_fold


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield `(number from 1, line without its end)`, without lines that are empty. Only newlines end a line.

    Raises `DataMissing` where there is no such file, `TaskError` where it is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise TaskError(f"expected text in UTF-8 in {path}, got {error.reason}") from error
    except OSError as error:
        raise DataMissing(f"cannot read {path}: {error.strerror}") from error
