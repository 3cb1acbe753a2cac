"""Importing the world module, and telling one that is not there from one that fails."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ..text import nearest, shown_path
from .diagnostics import Findings, KeyPath

_AT: KeyPath = ("world_module",)
_LEVELS = 3
_OURS = __name__.partition(".")[0]
_ROOT_MARKS = ("pyproject.toml", ".git")


def import_world_module(name: str, config_path: Path | None, findings: Findings) -> ModuleType | None:
    """Import the world module; None, with a finding, if that is impossible.

    The current folder and the config's project folder are looked through first; the one that holds the module
    is put on `sys.path`. Author code runs here, on the calling thread.
    """
    folders = list(dict.fromkeys(_folders(config_path)))
    home, exact = _home_of(name, folders)
    if home is not None and not _is_on_path(home):
        sys.path.insert(0, str(home))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}.") and not _author_frames(error):
            _add_not_found(name, error.name, folders, findings)
        else:
            _add_failed(name, error, findings)
        return None
    except (Exception, SystemExit) as error:
        _add_failed(name, error, findings)
        return None
    if home is not None and exact and _is_shadowed(module, home):
        _add_shadowed(name, module, home, findings)
        return None
    return module


def _folders(config_path: Path | None) -> Iterator[Path]:
    """The current folder, the config's own, and those above it up to the project's."""
    yield Path.cwd()
    if config_path is None:
        return
    folder = config_path.resolve().parent
    for above in (folder, *folder.parents[:_LEVELS]):
        yield above
        if any((above / mark).exists() for mark in _ROOT_MARKS):
            return


def _home_of(name: str, folders: list[Path]) -> tuple[Path | None, bool]:
    """Return the folder to import from, if one is needed, and whether it holds the whole dotted name.

    A folder that holds only the first part will do where no other is better.
    """
    parts = name.split(".")
    if parts[0] == _OURS:
        return None, False
    for length in (len(parts), 1):
        for folder in folders:
            place = folder.joinpath(*parts[:length])
            if place.with_name(f"{place.name}.py").is_file() or place.is_dir():
                return folder, length == len(parts)
    return None, False


def _is_on_path(folder: Path) -> bool:
    return any(Path(entry or ".").resolve() == folder.resolve() for entry in sys.path)


def _is_shadowed(module: ModuleType, home: Path) -> bool:
    """Whether another module of that name was imported, although `home` has one."""
    places = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", ()))
    return not any(Path(place).resolve().is_relative_to(home.resolve()) for place in places if place)


def _add_shadowed(name: str, module: ModuleType, home: Path, findings: Findings) -> None:
    place = getattr(module, "__file__", None)
    found = shown_path(place) if place else "one that is built into Python"
    findings.add(
        "module-shadowed",
        _AT,
        f"expected the module '{name}' in {shown_path(home)}, got {found}, which has the same name",
        "give your module another name",
    )


def _add_not_found(name: str, missing: str, folders: list[Path], findings: Findings) -> None:
    above, _, last = missing.rpartition(".")
    if name.endswith(".py"):
        hint = f"did you mean '{name.removesuffix('.py')}'?"
    else:
        close = nearest(last, _modules_in([folder.joinpath(*above.split(".")) for folder in folders]))
        rest = name[len(missing) :]
        known = f"{above}.{close}{rest}" if above else f"{close}{rest}"
        hint = f"did you mean '{known}'?" if close else ""
    places = ", ".join(shown_path(folder) for folder in folders)
    message = f"expected a module '{name}' that can be imported, but there is no '{missing}'"
    findings.add("module-not-found", _AT, message, hint or f"looked in {places}, and in what is installed")


def _modules_in(folders: list[Path]) -> list[str]:
    names: list[str] = []
    for folder in folders:
        if folder.is_dir():
            names += [place.stem for place in sorted(folder.iterdir()) if _is_module(place)]
    return names


def _is_module(place: Path) -> bool:
    if not place.stem.isidentifier() or place.stem == "__init__":
        return False
    return place.suffix == ".py" if place.is_file() else place.is_dir() and any(place.glob("*.py"))


def _add_failed(name: str, error: BaseException, findings: Findings) -> None:
    frames = _author_frames(error)
    if isinstance(error, SystemExit):
        what = f"called sys.exit({'' if error.code is None else repr(error.code)})"
        mend = 'write if __name__ == "__main__": before what runs the module as a program'
    else:
        what = f"failed: {type(error).__name__}: {error}"
        mend = _mend(error)
    lines = "\n".join(frames)
    message = f"importing '{name}' {what}"
    findings.add("module-failed", _AT, message, f"{mend}:\n{lines}" if frames else mend)


def _mend(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install '{error.name.partition('.')[0]}' where parleyrun is installed, or look at the name"
    return "look at your code"


def _author_frames(error: BaseException) -> list[str]:
    """Return where in the author's own code it happened, the outermost first, one line each."""
    from traceback import extract_tb  # only where something failed

    frames = [
        f"{shown_path(frame.filename)}:{frame.lineno}: {frame.line}"
        for frame in extract_tb(error.__traceback__)
        if _is_authors(frame.filename)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(f"{shown_path(error.filename)}:{error.lineno}: {(error.text or '').strip()}")
    return frames


def _is_authors(filename: str) -> bool:
    if filename.startswith("<"):
        return False
    place = Path(filename)
    ours = Path(__file__).parent
    standard = Path(importlib.__file__).parent.parent
    if place.is_relative_to(ours) or "site-packages" in place.parts:
        return False
    return not place.is_relative_to(standard)
