"""What travels to hosts: the worlds' modules, files that the config names, and what of it hosts need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ...config.importing import author_modules, project_folders
from ...config.plan import Plan
from ...config.schema import Config
from ...errors import EngineError

MOST_BYTES = 100_000_000
LONGEST_PATH = 200

_TRAVELS = (
    "world_module",
    "overworld",
    "task_name",
    "tasks",
    "opt",
    "language",
    "texts",
    "form_texts",
    "limits",
    "models",
    "forms",
    "moderation",
    "conditions",
    "max_workers",
    "max_threads",
    "tick_seconds",
    "disconnect_grace",
    "page_ids",
    "additional_args",
    "compat",
    "for_parlai",
)
"""The fields of a config that hosts are told. All else, such as the store and the password, is none of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFiles:
    """A study as it travels.

    Attributes:
        config: What hosts are told of the config. Its path is where it stands among the files.
        files: The files, each with its path; the worlds are imported from the folder that has them all.
    """

    config: Config
    files: tuple[tuple[str, bytes], ...]


def study_files(plan: Plan) -> StudyFiles:
    """Return what travels to the hosts of a plan.

    Raises:
        EngineError: The worlds are in no file, a file that is named is not there, or it is too much.
    """
    config = plan.config
    _refuse_worlds_without_file(plan)
    folder = Path() if config.path is None else config.path.resolve().parent
    home = _home_of(plan, folder)
    found = module_files(project_folders(config.path, config.world_module))
    for name in config.engine.files if config.engine is not None else ():
        path = folder / name
        if not path.is_file():
            raise EngineError(f"expected a file at {path}, which engine.ray.files names, but there is none")
        found[f"{home}/{name}"] = path
    for name in named_files(_texts_of(config), folder):
        found[f"{home}/{name}"] = folder / name
    files = read_files(found)
    name = "study.yml" if config.path is None else config.path.name
    place = Path(home, name)
    return StudyFiles(config=Config(**{key: getattr(config, key) for key in _TRAVELS}, path=place), files=files)


def _refuse_worlds_without_file(plan: Plan) -> None:
    module = plan.module
    if not plan.config.world_module:
        return
    has_file = isinstance(module, ModuleType) and getattr(module, "__file__", None)
    if not has_file or module.__name__ == "__main__":
        raise EngineError(
            "expected a world_module that hosts can import, got worlds that are in no file of their own: put them "
            "into a .py file, or say engine: threads"
        )


def _home_of(plan: Plan, folder: Path) -> str:
    """Return what the config's folder is called on a host: like the package that its worlds are imported from."""
    file, named = getattr(plan.module, "__file__", None), plan.config.world_module.endswith(".py")
    if named and file is not None and Path(file).resolve().parent == folder.resolve():
        package: str = plan.module.__name__.rpartition(".")[0]
        if package:
            return package.replace(".", "/")
    return folder.resolve().name or "study"


def _place_of(name: str, module: ModuleType) -> str:
    parts = name.split(".")
    return "/".join([*parts, "__init__.py"] if hasattr(module, "__path__") else [*parts[:-1], f"{parts[-1]}.py"])


def module_files(folders: Collection[Path]) -> dict[str, Path]:
    """Return the files of all modules that were imported from these folders, by their paths on a host."""
    files = {
        _place_of(name, module): Path(str(module.__file__)) for name, module in author_modules(folders).items()
    }
    # A file may be gone since; what still needs it is named by the host.
    return {place: file for place, file in files.items() if file.is_file()}


def named_files(texts: Iterable[str], folder: Path) -> Iterator[str]:
    """Yield those of these texts that are the path of a file below a folder."""
    for text in dict.fromkeys(texts):
        name = text.strip()
        is_path = name and "\n" not in name and len(name) < LONGEST_PATH
        if is_path and not name.startswith(("/", "~")) and ".." not in name and (folder / name).is_file():
            yield name


def read_files(found: Mapping[str, Path]) -> tuple[tuple[str, bytes], ...]:
    """Return what stands in files, each with its path on a host. Raises `EngineError` if it is too much."""
    files = tuple((place, path.read_bytes()) for place, path in sorted(found.items()))
    size = sum(len(content) for _, content in files)
    if size > MOST_BYTES:
        largest = max(files, key=lambda file: len(file[1]))[0]
        raise EngineError(
            f"expected at most {MOST_BYTES // 1_000_000} MB of files for the hosts, got {size / 1e6:.0f} MB, of "
            f"which {largest} is the largest: put it where all hosts can read it"
        )
    return files


def _texts_of(config: Config) -> list[str]:
    """Return the texts that may name files beside the config: those of models, and of those who wait."""
    texts = [text for model in config.models.values() for text in strings_in(model.settings)]
    return [*texts, *(task.waiting.text for task in config.tasks.values() if task.waiting is not None)]


def strings_in(value: Any) -> Iterator[str]:
    """Yield all texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_in(item)
