"""How a host of an evaluation is set up: its files, its agent, and what it needs of tasks."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...config.importing import NameWatch
from ...config.models.model_kinds import ModelPlan
from ...engines.host.host_setup import work_from
from ...engines.ray.study_files import module_files, named_files, read_files, strings_in
from ...errors import EngineError, TaskError
from ..opened_agents import AgentChoice, open_agents
from .portion_work import PortionSettings, PortionWork

MODELS_FOLDER = "models-of-file"
"""Where files are on a host that models name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSetup:
    """What a host is told at first (`SetsUpHost`).

    Attributes:
        files: Its files: their paths, and what stands in them.
        agent: The pickle of who answers, and of the models that this may be.
        teachers: The pickle of what each task's teacher shares.
        settings: How to go about it.
    """

    files: tuple[tuple[str, bytes], ...]
    agent: bytes
    teachers: bytes
    settings: PortionSettings

    def set_up(self) -> PortionWork:
        """Have this process be a host. It works from a folder of its own from now on."""
        folder = work_from(self.files, None)
        NameWatch("auto").__enter__()  # for as long as this process is there
        work = self.work(folder)
        logging.getLogger().addHandler(work.log_handler)
        return work

    def work(self, folder: Path) -> PortionWork:
        """Return what is done on a host whose files are in this folder.

        Raises whatever building an agent raises.
        """
        choice, models = _loaded(self.agent)
        placed = {name: replace(plan, folder=folder / MODELS_FOLDER) for name, plan in models.items()}
        opened = ExitStack()
        tell = logging.getLogger(__name__).info
        (agent,) = opened.enter_context(open_agents([choice], placed, tell))
        try:
            return PortionWork(agent, _loaded(self.teachers), self.settings, opened.close)
        except BaseException:
            opened.close()
            raise


def agent_setup(
    choice: AgentChoice,
    models: Mapping[str, ModelPlan],
    teachers: Mapping[str, Mapping[str, Any]],
    settings: PortionSettings,
    files: Sequence[Path] = (),
) -> AgentSetup:
    """Return what hosts are told of an evaluation.

    Args:
        choice: Who answers.
        models: Those that this may be, by name.
        teachers: What each task's teacher shares, by the task's name.
        settings: How to go about it.
        files: Files below the current folder that hosts are to have, besides modules and what options name.

    Raises:
        EngineError: A file is not there or is too large, or the agent's options cannot be pickled.
        TaskError: What a teacher shares cannot be pickled.
    """
    try:
        agent = pickle.dumps((choice, {name: replace(plan, folder=Path()) for name, plan in models.items()}), 5)
    except Exception as error:
        raise EngineError(
            f"expected an agent whose options can be pickled, so that hosts can have it, got "
            f"{type(error).__name__}: {error}"
        ) from error
    found = dict(_files(choice, models, files))
    return AgentSetup(files=read_files(found), agent=agent, teachers=_pickled(teachers), settings=settings)


def _files(
    choice: AgentChoice, models: Mapping[str, ModelPlan], files: Sequence[Path]
) -> Iterator[tuple[str, Path]]:
    here = Path.cwd()
    yield from module_files([here]).items()
    for name in named_files(strings_in(choice.opt), here):
        yield name, here / name
    for plan in models.values():
        for name in named_files(strings_in(plan.config.settings), plan.folder):
            yield f"{MODELS_FOLDER}/{name}", plan.folder / name
    for path in files:
        name = str(path)
        if path.is_absolute() or ".." in path.parts or not path.is_file():
            raise EngineError(f"expected a file below the current folder, which hosts are to have, got {path}")
        yield name, path


def _pickled(teachers: Mapping[str, Mapping[str, Any]]) -> bytes:
    try:
        return pickle.dumps(dict(teachers), 5)
    except Exception:
        for task, table in teachers.items():
            try:
                pickle.dumps(table, 5)
            except Exception as error:
                raise TaskError(
                    f"expected the data of {task} to be pickled, so that hosts can have it, got "
                    f"{type(error).__name__}: {error}"
                ) from error
        raise


def _loaded(packed: bytes) -> Any:
    return pickle.loads(packed)  # noqa: S301  # whoever evaluates runs our own code
