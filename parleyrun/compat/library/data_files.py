"""ParlAI's build_data: data that is fetched once, and a mark beside it that says so."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...errors import DataMissing
from ...tasks.download import Download, check_sum, fetch
from ...tasks.unpack import unpack

_BUILT = ".built"


class DownloadableFile:
    """A file to fetch.

    Args:
        url: Where it is.
        file_name: What it is called here.
        hashcode: Its SHA-256; none is compared where it is empty.
        zipped: Whether it is an archive, to be unpacked and deleted.
        from_google: Whether it is on Google Drive, which cannot be fetched from here.
    """

    def __init__(
        self, url: str, file_name: str, hashcode: str, zipped: bool = True, from_google: bool = False
    ) -> None:
        self.url = url
        self.file_name = file_name
        self.hashcode = hashcode
        self.zipped = zipped
        self.from_google = from_google

    def checksum(self, dpath: str) -> None:
        """Compare the file in this folder with its hash. Raises `TaskError` if it is another one."""
        if self.hashcode:
            check_sum(self._download(), Path(dpath, self.file_name))

    def download_file(self, dpath: str) -> None:
        """Fetch the file into this folder, and unpack it there if it is an archive.

        Raises:
            DataMissing: It cannot be had.
        """
        if self.from_google:
            raise DataMissing(
                f"{self.file_name} is on Google Drive ({self.url}), which cannot be fetched from here: put it, "
                f"unpacked, into {dpath}"
            )
        packed = _fetched(self._download(), dpath)
        if self.zipped:
            unpack(packed, Path(dpath))
            packed.unlink()

    def _download(self) -> Download:
        return Download(url=self.url, name=self.file_name, sha256=self.hashcode or None)


def _fetched(what: Download, folder: str) -> Path:
    try:
        return fetch(what, Path(folder))
    except OSError as error:  # those of the network are of this kind
        raise DataMissing(f"{what.url} cannot be fetched ({error}): put {what.name} into {folder}") from error


def built(path: str, version_string: str | None = None) -> bool:
    """Whether a folder is marked as complete, for this version."""
    mark = Path(path, _BUILT)
    if not mark.is_file():
        return False
    lines = mark.read_text(encoding="utf-8").splitlines()
    return version_string is None or (len(lines) > 1 and lines[1] == version_string)


def mark_done(path: str, version_string: str | None = None) -> None:
    """Mark a folder as complete, for this version."""
    lines = [time.strftime("%Y-%m-%d %H:%M:%S"), *([] if version_string is None else [version_string])]
    Path(path, _BUILT).write_text("\n".join(lines), encoding="utf-8")


def make_dir(path: str) -> None:
    """Make a folder, and those above it, unless they are there."""
    Path(path).mkdir(parents=True, exist_ok=True)


def remove_dir(path: str) -> None:
    """Delete a folder with all that is in it; one that is not there is fine."""
    shutil.rmtree(path, ignore_errors=True)


def move(path1: str, path2: str) -> None:
    """Move a file or a folder."""
    shutil.move(path1, path2)


def download(url: str, path: str, fname: str, redownload: bool = False, **_how: Any) -> None:
    """Fetch a file into a folder, unless it is there."""
    there = Path(path, fname)
    if redownload:
        there.unlink(missing_ok=True)
    if not there.exists():
        _fetched(Download(url=url, name=fname), path)


def untar(path: str, fname: str, delete: bool = True, flatten_tar: bool = False) -> None:
    """Unpack an archive in its folder, and delete it; with `flatten_tar` all its files come to the top."""
    archive = Path(path, fname)
    if flatten_tar:
        with TemporaryDirectory(dir=path) as aside:
            unpack(archive, Path(aside))
            for file in sorted(each for each in Path(aside).rglob("*") if each.is_file()):
                file.replace(Path(path, file.name))
    else:
        unpack(archive, Path(path))
    if delete:
        archive.unlink()


def unzip(path: str, fname: str, delete: bool = True) -> None:
    """Unpack an archive in its folder, and delete it."""
    untar(path, fname, delete)


def modelzoo_path(datapath: str | None, path: str | None) -> str | None:
    """Return where a model of ParlAI's collection would be; a path of any other kind as it is."""
    if path is None or not path.startswith(("zoo:", "models:")):
        return path
    return str(Path(datapath or "data", "models", *path.partition(":")[2].split("/")))
