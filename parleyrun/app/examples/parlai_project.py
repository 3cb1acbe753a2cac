"""A project made of a task that was written for ParlAI: its folder, copied to where its imports look for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...config.diagnostics import Findings
from ...config.loading import parse, read_text
from ...errors import ConfigError, ProjectError
from ...text import shown_path
from .project_templates import GITIGNORE, STUDY, check_name, write_project

MOST_BYTES = 50_000_000
"""How large a task's folder may be, in bytes: a model is nothing to copy into each project."""

_CONFIG = "config.yml"

_README = """\
# {name}
A task that was written for ParlAI, copied from {source}. Nothing in it was changed: classes of parleyrun stand for
the names of ParlAI that it imports, and ParlAI itself is not needed.

| file | what it is |
|---|---|
| `{study}` | the config, as ParlAI has it |
| `{task}` | the task |

```
parleyrun validate {study}
parleyrun local {study}
parleyrun serve {study}
```

`validate` says what is taken otherwise than in ParlAI, and what is missing: a model that only ParlAI can load
makes room for another one by `--model NAME=chat_completions:http://localhost:11434/v1`.
"""


def make_parlai_project(name: str, source: Path, within: Path) -> list[Path]:
    """Make a project of a task's folder: a new folder, of that name. Nothing that is there already is changed.

    Args:
        name: The name of the folder.
        source: The task's folder, with `config.yml` and the worlds in it; or that config.
        within: The folder in which the new one is made.

    Returns:
        The files, the config first.

    Raises:
        ProjectError: The name is none that a project can have, or is taken; there is no such task; or the files
            cannot be read or written.
    """
    check_name(name)
    config = source if source.is_file() else source / _CONFIG
    folder = config.parent
    place = _place_of(_world_module(config), folder)
    try:
        copied = {str(place / path): content for path, content in _files_in(folder)}
        study = config.read_bytes()
    except OSError as error:
        raise ProjectError(f"{shown_path(folder)} cannot be read: {error.strerror or error}") from error
    readme = _README.format(name=name, source=folder.resolve().name, study=STUDY, task=place.as_posix())
    files = {STUDY: study, "README.md": readme.encode(), ".gitignore": GITIGNORE.encode()}
    return write_project(within / name, {**copied, **files})


def _world_module(config: Path) -> str:
    findings = Findings(str(config))
    try:
        text = read_text(config, findings)
    except ConfigError:
        raise ProjectError(
            f"expected the folder of a task of ParlAI's, with {_CONFIG} in it, got {shown_path(config.parent)}: "
            "worlds of 2018, which have none, need one (docs/coming-from-parlai.md)"
        ) from None
    document = None if text is None else parse(text, findings)
    module = document.get("world_module") if isinstance(document, Mapping) else None
    if not isinstance(module, str):
        raise ProjectError(
            f"expected world_module in {shown_path(config)}, got none: it says where the worlds are"
        )
    return module


def _place_of(module: str, folder: Path) -> Path:
    """Return where in the project the task is to be, for its module to be found by its name."""
    above = [] if module.endswith(".py") else module.split(".")[:-1]
    here = folder.resolve().parts
    if above and list(here[-len(above) :]) == above:
        return Path(*above)
    # The module is named from the folder itself, or from somewhere that is not copied, which validate will tell.
    return Path()


def _files_in(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield what is in a folder but for what is hidden, a link, or made by Python, with its path in there."""
    left = MOST_BYTES
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
        if hidden or file.is_symlink() or not file.is_file():
            continue
        left -= file.stat().st_size
        if left < 0:
            raise ProjectError(
                f"expected a task of at most {MOST_BYTES // 1_000_000} MB, got more in {shown_path(folder)}: "
                "move data and models out of it"
            )
        yield inside, file.read_bytes()
