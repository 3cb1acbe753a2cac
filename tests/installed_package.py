"""A package that Python takes for installed: a folder on the path, with what an installer says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def install_package(folder: Path, files: Mapping[str, str], entry_points: Mapping[str, Mapping[str, str]]) -> None:
    """Put the files of a package `tiny` 1.0 into a folder, with entry points by group and name."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    about = folder / "tiny-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n", encoding="utf-8")
    lines = [
        line
        for group, offered in entry_points.items()
        for line in (f"[{group}]", *(f"{name} = {where}" for name, where in offered.items()), "")
    ]
    (about / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
