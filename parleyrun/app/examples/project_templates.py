"""Projects to start from: each template is a folder with a whole study, which is copied.

They are written once, in `templates/` beside the package; a wheel holds that folder in this one. A template can be
served and tested where it stands, and one that needs a world of an example takes it from there.
"""

from __future__ import annotations

import keyword
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import ProjectError
from ...text import did_you_mean, shown_path

STUDY = "study.yml"
"""The name of a project's config."""

_NAME_MARK = "{{name}}"
_MOST_LETTERS = 60
_NAME = re.compile(r"[^\W\d_][\w-]*")
_ENDINGS = (".md", ".py", ".yml")
_WORLDS_OF_EXAMPLES: Mapping[str, tuple[str, ...]] = {"picture": ("picture.py",)}
GITIGNORE = """\
# The record has people's words in it: it is nothing to share.
*.db*
.venv/
__pycache__/
.pytest_cache/
"""
"""What of a project is nothing to share."""


@dataclass(frozen=True, slots=True)
class ProjectTemplate:
    """A template: its name, what it is about in one sentence, and where it stands."""

    name: str
    about: str
    folder: Path


def project_templates() -> list[ProjectTemplate]:
    """Return all templates, in the order of the alphabet.

    Raises:
        ProjectError: The installation is incomplete.
    """
    found = [
        ProjectTemplate(config.parent.name, _first_sentence(config), config.parent)
        for config in sorted(_home().glob(f"*/{STUDY}"))
    ]
    if not found:
        raise ProjectError(f"expected templates in {shown_path(_home())}, got none: install parleyrun again")
    return found


def make_project(name: str, template: str, within: Path) -> list[Path]:
    """Make a project of a template: a new folder, of that name. Nothing that is there already is changed.

    Args:
        name: The name of the folder, and what people see as the title.
        template: The name of the template.
        within: The folder in which the new one is made.

    Returns:
        The files, the config first.

    Raises:
        ProjectError: The name is none that a project can have, or is taken; there is no such template; or the
            files cannot be written.
    """
    check_name(name)
    chosen = _template(template)
    texts = {target: text.replace(_NAME_MARK, name) for target, text in _texts(chosen)}
    return write_project(within / name, {target: text.encode() for target, text in texts.items()})


def write_project(project: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write a project into a new folder, all of it or nothing; return its files, the config first.

    Args:
        project: The folder.
        files: What is in each file, by its path in there.

    Raises:
        ProjectError: The name is taken, or the files cannot be written.
    """
    try:
        project.mkdir()
    except FileExistsError:
        raise ProjectError(
            f"expected a name that is not taken, got {project.name!r}: {shown_path(project)} is there, "
            "and stays as it is"
        ) from None
    except OSError as error:
        raise ProjectError(f"the folder {shown_path(project)} cannot be made: {error.strerror}") from error
    try:
        for target, content in files.items():
            (project / target).parent.mkdir(parents=True, exist_ok=True)
            (project / target).write_bytes(content)
    except OSError as error:
        shutil.rmtree(project, ignore_errors=True)
        raise ProjectError(f"{shown_path(project)} cannot be written: {error.strerror}") from error
    written = (project / target for target in files)
    return sorted(written, key=lambda path: (path.name != STUDY, len(path.parts), path.name))


def check_name(name: str) -> None:
    """Raise `ProjectError` for a name that no project can have."""
    if not name.strip():
        raise ProjectError("expected a name for the project, got nothing: say what to call it, such as my-study")
    if len(name) > _MOST_LETTERS:
        raise ProjectError(
            f"expected a name of at most {_MOST_LETTERS} letters, got {len(name)}: '{name[:20]}…' is too long"
        )
    if not _NAME.fullmatch(name):
        raise ProjectError(
            f"expected a name of letters, digits, - and _ that begins with a letter, got {name!r}: "
            "it becomes a folder in this one, such as my-study"
        )
    if keyword.iskeyword(name):
        raise ProjectError(f"expected a name that is no word of Python's own, got {name!r}: try {name}-study")


def _template(name: str) -> ProjectTemplate:
    known = project_templates()
    for template in known:
        if template.name == name:
            return template
    hint = did_you_mean(name, [template.name for template in known], "templates")
    raise ProjectError(f"expected the name of a template, got {name!r}: {hint}")


def _texts(template: ProjectTemplate) -> Iterator[tuple[str, str]]:
    yield ".gitignore", GITIGNORE
    worlds = [_home().parent / "worlds" / name for name in _WORLDS_OF_EXAMPLES.get(template.name, ())]
    for file in (*sorted(template.folder.iterdir()), *worlds):
        if file.suffix in _ENDINGS:
            yield file.name, file.read_text(encoding="utf-8")


def _first_sentence(config: Path) -> str:
    first = config.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("# ").partition(". ")[0].removesuffix(".")


def _home() -> Path:
    here = Path(__file__).resolve().parent
    bundled = here / "templates"
    return bundled if bundled.is_dir() else here.parents[2] / "templates"
