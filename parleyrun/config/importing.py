"""Importing the world module, and telling one that is not there from one that fails."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from itertools import chain, count
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

from ..text import nearest, shown_path
from .diagnostics import Findings, KeyPath
from .parlai.standing_names import PARLAI, STANDING_NAMES, Compat, StandingNames

_LEVELS = 3
_FILES_KNOWN = 4096
_OURS = __name__.partition(".")[0]
_ROOT_MARKS = ("pyproject.toml", ".git")
_NO_AUTHORS_HOMES = (
    "<",
    f"{Path(__file__).parent.parent}{os.sep}",
    f"{Path(importlib.__file__).parent.parent}{os.sep}",
)
_INSTALLED = f"{os.sep}site-packages{os.sep}"


def author_modules(folders: Collection[Path]) -> dict[str, ModuleType]:
    """Return the modules that were imported from files in these folders, by name: authors' own, no packages'."""
    homes = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)
    real_path = _RealPaths()
    found = {}
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if name == "__main__" or not isinstance(file, str) or not is_authors(file):
            continue
        if real_path(file).startswith(homes):
            found[name] = module
    return found


class _RealPaths:
    """Where files really are. Of many files in few folders, each folder is followed once only."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def __call__(self, file: str) -> str:
        folder, name = os.path.split(file)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        path = os.path.join(real, name)
        return os.path.realpath(path) if os.path.islink(path) else path


def import_world_module(name: str, config_path: Path | None, findings: Findings) -> ModuleType | None:
    """Import the world module; None, with a finding, if that is impossible (see `import_named_module`)."""
    return import_named_module(name, config_path, findings, ("world_module",))


def import_named_module(name: str, config_path: Path | None, findings: Findings, at: KeyPath) -> ModuleType | None:
    """Import a module that a config names; None, with a finding, if that is impossible.

    Author code runs here, on the calling thread. The module can import what lies beside it.

    Args:
        name: A dotted name, for which the current folder and the config's project folder are looked through first;
            or the path of a `.py` file, which is looked for beside the config, and then in the same folders.
        config_path: Where the config is; None for one that never was a file.
        findings: Learns what is wrong.
        at: Where the config names it.
    """
    faults = _Faults(findings, at)
    folders = project_folders(config_path, name)
    if name.endswith(".py"):
        file = _find_file(name, config_path, folders)
        if file is not None:
            return _import_file(name, file, faults)
    home, exact = _home_of(name, folders)
    if name.endswith(".py") and not (exact and _is_dotted(name)):  # unless it is a module `py` of a package
        _add_no_file(name, folders, faults)
        return None
    if home is not None and not _is_on_path(home):
        sys.path.insert(0, str(home))
    if home is not None and exact:
        _let_import_siblings(home.joinpath(*name.split(".")).with_suffix(".py"))
    module = _import(name, name, folders, faults)
    if module is not None and home is not None and exact and _is_shadowed(module, home):
        _add_shadowed(name, module, home, faults)
        return None
    return module


@dataclass(frozen=True, slots=True)
class _Faults:
    """What is wrong with one module, at the place where the config names it."""

    findings: Findings
    at: KeyPath

    def add(self, code: str, message: str, hint: str = "") -> None:
        self.findings.add(code, self.at, message, hint)


def _import(dotted: str, shown: str, folders: list[Path], faults: _Faults) -> ModuleType | None:
    if dotted not in sys.modules:
        importlib.invalidate_caches()  # its file may have been written a moment ago
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name and f"{dotted}.".startswith(f"{error.name}.") and not author_frames(error):
            _add_not_found(shown, error.name, folders, faults)
        else:
            _add_failed(shown, error, faults)
    except (Exception, SystemExit) as error:
        _add_failed(shown, error, faults)
    return None


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _find_file(name: str, config_path: Path | None, folders: list[Path]) -> Path | None:
    beside = [] if config_path is None else [config_path.resolve().parent]
    places = (folder / Path(name).expanduser() for folder in [*beside, *folders])
    return next((place.resolve() for place in places if place.is_file()), None)


def _import_file(name: str, file: Path, faults: _Faults) -> ModuleType | None:
    """Import a file as `folder.file`: relative imports work in it, and pickles name it the same every time."""
    if "." in file.stem:
        message = f"expected a file that Python can import, got {shown_path(file)}, which has a dot in its name"
        faults.add("bad-name", message, f"call it {file.stem.replace('.', '_')}.py")
        return None
    home, parts = file.parent, [file.stem]
    while (home / "__init__.py").is_file():
        home, parts = home.parent, [home.name, *parts]
    if len(parts) > 1:
        if not _is_on_path(home):
            sys.path.insert(0, str(home))
    else:
        parts = [_package_around(home), *parts]
        _let_import_siblings(file)
    module = _import(".".join(parts), name, [file.parent], faults)
    if module is not None and Path(module.__file__ or "").resolve() != file:
        _add_shadowed(name, module, file.parent, faults)
        return None
    return module


def _package_around(folder: Path) -> str:
    """Have a folder without an `__init__.py` count as a package, and return its name."""
    plain = re.sub(r"\W", "_", folder.name) or "worlds"
    names = chain([plain, f"{plain}_worlds"], (f"{plain}_worlds_{number}" for number in count(2)))
    found = ((name, sys.modules.get(name) or _spec_of(name)) for name in names)
    # Somebody else's package must go on to be found.
    name, package = next((name, package) for name, package in found if package is None or _is_namespace(package))
    there = list(getattr(package, "__path__", None) or getattr(package, "submodule_search_locations", None) or ())
    module = sys.modules.setdefault(name, ModuleType(name))
    module.__path__ = list(dict.fromkeys([str(folder), *there]))
    return name


def _spec_of(name: str) -> Any:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def _is_namespace(package: Any) -> bool:
    """Whether a module, or the spec of one, is nothing but a folder."""
    spec = getattr(package, "__spec__", None) if isinstance(package, ModuleType) else package
    return spec is None or (spec.origin is None and spec.submodule_search_locations is not None)


def _let_import_siblings(file: Path) -> None:
    """Let a module import what lies beside it, after everything that is found without that."""
    folder = file.parent
    if file.is_file() and not (folder / "__init__.py").is_file() and not _is_on_path(folder):
        sys.path.append(str(folder))


def _add_no_file(name: str, folders: list[Path], faults: _Faults) -> None:
    last = Path(name).name
    close = nearest(
        last, [f"{known}.py" for known in _modules_in([folder / Path(name).parent for folder in folders])]
    )
    places = ", ".join(shown_path(folder) for folder in folders)
    hint = f"did you mean '{Path(name).with_name(close)}'?" if close else f"looked in {places}"
    faults.add("module-not-found", f"expected a file '{name}', but there is none", hint)


def project_folders(config_path: Path | None, name: str = "") -> list[Path]:
    """Return where a world module of a dotted name is looked for, the first that counts first.

    A config that lies beside its module tells where that begins, however deep it is.
    """
    folders = list(_folders(config_path))
    above = name.split(".")[:-1]
    if config_path is not None and above and not name.endswith(".py"):
        folder = config_path.resolve().parent
        if list(folder.parts[-len(above) :]) == above:
            folders.append(folder.parents[len(above) - 1])
    return list(dict.fromkeys(folders))


def _folders(config_path: Path | None) -> Iterator[Path]:
    """The current folder, the config's own, and those above it up to the project's.

    An example that is installed keeps to its own: the current folder may have a `worlds` of somebody else's.
    """
    folder = None if config_path is None else config_path.resolve().parent
    if folder is None or not folder.is_relative_to(Path(__file__).resolve().parents[1]):
        yield Path.cwd()
    if folder is None:
        return
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
    real = os.path.realpath(folder)
    return real in sys.path or any(os.path.realpath(entry) == real for entry in sys.path)


def _is_shadowed(module: ModuleType, home: Path) -> bool:
    """Whether another module of that name was imported, although `home` has one."""
    places = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", ()))
    return not any(Path(place).resolve().is_relative_to(home.resolve()) for place in places if place)


def _add_shadowed(name: str, module: ModuleType, home: Path, faults: _Faults) -> None:
    place = getattr(module, "__file__", None)
    found = shown_path(place) if place else "one that is built into Python"
    faults.add(
        "module-shadowed",
        f"expected the module '{name}' in {shown_path(home)}, got {found}, which has the same name",
        "give your module another name",
    )


def _add_not_found(name: str, missing: str, folders: list[Path], faults: _Faults) -> None:
    above, _, last = missing.rpartition(".")
    close = nearest(last, _modules_in([folder.joinpath(*above.split(".")) for folder in folders]))
    rest = name[len(missing) :]
    known = f"{above}.{close}{rest}" if above else f"{close}{rest}"
    hint = f"did you mean '{known}'?" if close else ""
    places = ", ".join(shown_path(folder) for folder in folders)
    message = f"expected a module '{name}' that can be imported, but there is no '{missing}'"
    faults.add("module-not-found", message, hint or f"looked in {places}, and in what is installed")


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


def _add_failed(name: str, error: BaseException, faults: _Faults) -> None:
    frames = author_frames(error)
    if isinstance(error, SystemExit):
        what = f"called sys.exit({'' if error.code is None else repr(error.code)})"
        mend = 'write if __name__ == "__main__": before what runs the module as a program'
    else:
        what = f"failed: {type(error).__name__}: {error}"
        mend = _mend(error)
    lines = "\n".join(frames)
    message = f"importing '{name}' {what}"
    faults.add("module-failed", message, f"{mend}:\n{lines}" if frames else mend)


def _mend(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install '{error.name.partition('.')[0]}' where parleyrun is installed, or look at the name"
    return "look at your code"


def author_frames(error: BaseException) -> list[str]:
    """Return where in the author's own code an error came about, the outermost first: `worlds.py:12: the line`."""
    from traceback import extract_tb  # only where something failed

    frames = [
        f"{shown_path(frame.filename)}:{frame.lineno}: {frame.line}"
        for frame in extract_tb(error.__traceback__)
        if is_authors(frame.filename)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(f"{shown_path(error.filename)}:{error.lineno}: {(error.text or '').strip()}")
    return frames


@lru_cache(maxsize=_FILES_KNOWN)  # of all modules that are loaded this is asked again and again
def is_authors(filename: str) -> bool:
    """Return whether a file is an author's own: neither ours, nor Python's, nor a package's that was installed."""
    # Most of them are told by their first letters.
    if filename.startswith(_NO_AUTHORS_HOMES) or _INSTALLED in filename:
        return False
    place = Path(filename)
    ours = Path(__file__).parent.parent
    standard = Path(importlib.__file__).parent.parent
    if place.is_relative_to(ours) or "site-packages" in place.parts:
        return False
    return not place.is_relative_to(standard)


class NameWatch:
    """Stands in front of all that finds modules, while author code is imported. Costs a comparison an import.

    The first import of one of ParlAI's names has ours stand for them from then on. Leaving the `with` block ends
    the watch only. One thread.

    Args:
        mode: What the config says.
        named: Whether the project is known to name them.
    """

    def __init__(self, mode: Compat, *, named: bool = False) -> None:
        self._mode = mode
        self._named = named
        self.standing: StandingNames | None = None
        """The names, once ours stand for them."""

    def begin(self) -> None:
        """Have ours stand for the names at once, where the project is known to name them.

        Raises:
            RegistrationError: ParlAI itself is imported in this process already.
        """
        if self._mode == PARLAI or (self._mode == "auto" and self._named):
            self._switch_on()

    def __enter__(self) -> Self:
        if self._mode == "auto" and self.standing is None:
            sys.meta_path.insert(0, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing but what ours stand for (`importlib.abc.MetaPathFinder`). Any thread."""
        if name.partition(".")[0] != PARLAI:
            return None
        return self._switch_on().find_spec(name, path, target)

    def _switch_on(self) -> StandingNames:
        self.standing = STANDING_NAMES.required(PARLAI)()
        return self.standing
