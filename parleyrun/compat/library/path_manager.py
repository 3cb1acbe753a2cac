"""ParlAI's PathManager: files of this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO, Any


class PathManager:
    """Opens, lists, copies and deletes files. All of it is static."""

    @staticmethod
    def open(path: str, mode: str = "r", **more: Any) -> IO[Any]:
        """Open a file; text is UTF-8 unless another encoding is asked for."""
        if "b" not in mode:
            more.setdefault("encoding", "utf-8")
        return Path(path).open(mode, **more)

    @staticmethod
    def exists(path: str) -> bool:
        """Whether there is something of that name."""
        return Path(path).exists()

    @staticmethod
    def isfile(path: str) -> bool:
        """Whether there is a file of that name."""
        return Path(path).is_file()

    @staticmethod
    def isdir(path: str) -> bool:
        """Whether there is a folder of that name."""
        return Path(path).is_dir()

    @staticmethod
    def ls(path: str) -> list[str]:
        """Return the names of what is in a folder."""
        return sorted(os.listdir(path))

    @staticmethod
    def mkdirs(path: str) -> None:
        """Make a folder, and those above it, unless they are there."""
        Path(path).mkdir(parents=True, exist_ok=True)

    @staticmethod
    def rm(path: str) -> None:
        """Delete a file."""
        Path(path).unlink()

    @staticmethod
    def copy(src_path: str, dst_path: str, overwrite: bool = False) -> bool:
        """Copy a file; return whether it was copied, as one that is there is kept unless `overwrite` is True."""
        if Path(dst_path).exists() and not overwrite:
            return False
        shutil.copyfile(src_path, dst_path)
        return True

    @staticmethod
    def get_local_path(path: str, **_how: Any) -> str:
        """Return the path itself."""
        return path
