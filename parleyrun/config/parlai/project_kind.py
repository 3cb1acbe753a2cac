"""The key `compat`, and whether a project was written for ParlAI, which is read from its files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..diagnostics import Findings, KeyPath
from ..importing import project_folders
from ..kinds import Choice, JsonSchema
from .standing_names import PARLAI

_OURS = __name__.partition(".")[0]

MOST_FILES = 200
"""How many files of a project are looked at."""

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<base>\.*[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#]*)"
    r"|import[ \t]+(?P<modules>[^\n#]*))",
    re.MULTILINE,
)
_CHOICE = Choice(("auto", PARLAI, "off"))


@dataclass(frozen=True)
class CompatRule:
    """`auto`, `parlai` or `off`; YAML takes a bare `off` for false."""

    def check(self, value: Any, path: KeyPath, findings: Findings) -> Any:
        return _CHOICE.check("off" if value is False else value, path, findings)

    def json_schema(self) -> JsonSchema:
        schema = _CHOICE.json_schema()
        return {**schema, "type": ["string", "boolean"], "enum": [*schema["enum"], False]}


COMPAT = CompatRule()


def is_for_parlai(document: Mapping[Any, Any], path: Path | None) -> bool:
    """Return whether a config is to be taken as ParlAI takes it: it says so, or its project imports ParlAI.

    Args:
        document: What the file holds.
        path: The file; None for a config that never was one.
    """
    compat = document.get("compat", "auto")
    if compat == PARLAI:
        return True
    module = document.get("world_module", document.get("world_path"))
    return compat == "auto" and isinstance(module, str) and names_parlai(module, project_folders(path))


def as_it_is_meant(
    document: Mapping[Any, Any], path: Path | None, findings: Findings
) -> tuple[Mapping[Any, Any], bool]:
    """Return a document as it is; that of a project of ParlAI's as a config here, with a warning for what is lost.

    Args:
        document: What the file holds.
        path: The file; None for a config that never was one.
        findings: Has the marks of the document, and learns what is not taken.

    Returns:
        The document, and whether it is one of ParlAI's.
    """
    if not is_for_parlai(document, path):
        return document, False
    from .parlai_document import as_parlai_reads  # only where there is one

    return as_parlai_reads(document, findings), True


def names_parlai(world_module: str, folders: Sequence[Path]) -> bool:
    """Return whether a module, or a file of the same project that it imports, imports a module of ParlAI's.

    Args:
        world_module: A dotted name, or the path of a `.py` file.
        folders: Where the project may be; the import path is looked through after them.
    """
    if not world_module or _is_ours(world_module):
        return False
    if _is_of_parlai(world_module):
        return True
    places = list(dict.fromkeys([*folders, *(Path(entry or ".") for entry in sys.path if _is_own(entry))]))
    first = _file_named(world_module, places)
    if first is None:
        return False
    return _reaches_parlai(first, [*places, first.parent])


def _reaches_parlai(first: Path, places: Sequence[Path]) -> bool:
    waiting, seen = [first], {first}
    homes: dict[str, list[Path]] = {}
    while waiting and len(seen) <= MOST_FILES:
        file = waiting.pop()
        for name in _imports_of(file):
            if _is_of_parlai(name):
                if _imports_parlai(file):
                    return True
                continue
            if _is_ours(name):
                continue
            if name.startswith("."):
                found = _relative(file, name)
            else:
                top = name.partition(".")[0]
                if top not in homes:  # most names are Python's own, and nowhere here
                    homes[top] = [place for place in places if _has(place, top)]
                found = _file_of(name, homes[top])
            if found is not None and found not in seen:
                seen.add(found)
                waiting.append(found)
    return False


def _imports_parlai(file: Path) -> bool:
    """Whether a file that seems to import ParlAI does: the words may stand in a text."""
    import ast  # only where it seems so

    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return True  # it is told of where the file is imported
    names = (
        [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
    )
    return any(_is_of_parlai(name) for each in names for name in each)


def _is_of_parlai(name: str) -> bool:
    return name == PARLAI or (name.startswith(f"{PARLAI}.") and not name.endswith(".py"))


def _is_ours(name: str) -> bool:
    return name == _OURS or (name.startswith(f"{_OURS}.") and not name.endswith(".py"))


def _has(place: Path, top: str) -> bool:
    return (place / top).is_dir() or (place / f"{top}.py").is_file()


def _is_own(entry: str) -> bool:
    return "site-packages" not in entry and "dist-packages" not in entry and not entry.startswith(sys.base_prefix)


def _file_named(world_module: str, places: Sequence[Path]) -> Path | None:
    if not world_module.endswith(".py"):
        return _file_of(world_module, places)
    return next((place for folder in places if (place := folder / world_module).is_file()), None)


def _file_of(dotted: str, places: Sequence[Path]) -> Path | None:
    return next(
        (found for folder in places if (found := _module_at(folder.joinpath(*dotted.split(".")))) is not None),
        None,
    )


def _module_at(place: Path) -> Path | None:
    if not place.name:
        return None
    for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
        if file.is_file():
            return file
    return None


def _relative(file: Path, name: str) -> Path | None:
    dots = len(name) - len(name.lstrip("."))
    folder = file.parent
    for _ in range(dots - 1):
        folder = folder.parent
    rest = name[dots:]
    return _module_at(folder.joinpath(*rest.split("."))) if rest else None


def _imports_of(file: Path) -> Iterator[str]:
    """Yield the names of modules that a file seems to import; relative ones with their dots."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for found in _IMPORT.finditer(text):
        if found["modules"] is not None:
            yield from (each.split()[0] for each in found["modules"].split(",") if each.split())
            continue
        base = found["base"]
        yield base
        for each in found["names"].strip("() \n").split(","):
            if words := each.split():
                yield f"{base}{words[0]}" if base.endswith(".") else f"{base}.{words[0]}"
