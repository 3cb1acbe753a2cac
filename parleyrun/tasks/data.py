"""Where a task's data is, and how it gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from ..core.task_names import default_datapath
from ..errors import DataMissing, TaskError
from .alone import alone
from .download import Download, OnProgress, fetch
from .unpack import unpack


@dataclass(frozen=True, slots=True)
class Source:
    """The data of a task that is somewhere else.

    `folder` is its place below the datapath. `provides` is what must be there, below that folder, for the data
    to count as present: put there by hand, or fetched and, for an archive, unpacked.
    """

    folder: str
    download: Download
    provides: str
    archive: bool = False


def datapath(opt: Mapping[str, Any]) -> Path:
    """Return the folder of all data: `opt['datapath']`, else `$PARLEYRUN_DATAPATH`, else one in your home."""
    given = opt.get("datapath")
    return Path(given).expanduser() if given else default_datapath()


def provide(source: Source, opt: Mapping[str, Any], on_progress: OnProgress | None = None) -> Path:
    """Return the path of what a source provides, after fetching and unpacking it if it is not there.

    Raises `DataMissing` if it cannot be had, with all that is needed to put it there by hand, and `TaskError`
    if what came is not what it should be.
    """
    folder = datapath(opt) / source.folder
    path = folder / source.provides
    if path.exists():
        return path
    try:
        packed = fetch(source.download, folder, on_progress)
        if source.archive:
            # A process that came later finds it unpacked.
            with alone(folder / f"{source.download.name}.lock"):
                if not path.exists():
                    unpack(packed, folder)
    except (requests.RequestException, OSError) as error:
        raise DataMissing(_what_to_do(source, folder, error)) from error
    if not path.exists():
        raise TaskError(f"expected {source.provides} in {packed}, got an archive without it")
    return path


def _what_to_do(source: Source, folder: Path, error: Exception) -> str:
    download = source.download
    size = f"{download.size_bytes / 1e6:.1f} MB, " if download.size_bytes else ""
    checksum = f"SHA-256 {download.sha256}" if download.sha256 else "its checksum is not known"
    unpacked = f", or unpack it so that there is {folder / source.provides}" if source.archive else ""
    return (
        f"the data is not at {folder / source.provides} and cannot be fetched ({_cause(error)}). "
        f"Fetch {download.url} ({size}{checksum}) where there is a network and put it at "
        f"{folder / download.name}{unpacked}. Another place for all data is chosen by 'datapath'."
    )


def _cause(error: Exception) -> str:
    """Return the cause in a few words, without the objects that network errors like to show."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server does not answer in time"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "there is no connection to the server, or it was cut off"
    return str(error)
