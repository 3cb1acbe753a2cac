"""parleyrun: run dialogue tasks between people and bots from one YAML file.

All that a world author imports is here; names are loaded when they are first used, so that `import parleyrun`
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.agents import Agent, BotAgent
    from .core.asking import validate
    from .core.create import create_agent, load_agent_class
    from .core.create_task import create_task
    from .core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act, Message
    from .core.metrics.bleu import BleuMetric
    from .core.metrics.metrics import (
        AverageMetric,
        FixedMetric,
        MacroAverageMetric,
        Metric,
        SumMetric,
        aggregate_named_reports,
        values_of,
    )
    from .core.metrics.scores import Scores
    from .core.metrics.text_metrics import DistinctMetric, ExactMatchMetric, F1Metric, HitsAtMetric
    from .core.opt import Opt
    from .core.sharing import create_agent_from_shared, create_agents_from_shared, override_opts_in_shared
    from .core.teachers.teachers import DialogTeacher, EpisodeTeacher, Teacher
    from .core.worlds.batch import BatchWorld
    from .core.worlds.dialog import DialogPartnerWorld, MultiAgentDialogWorld
    from .core.worlds.dynamic_batch import DynamicBatchWorld
    from .core.worlds.executable import ExecutableWorld
    from .core.worlds.hogwild.hogwild_world import HogwildWorld
    from .core.worlds.multi import MultiWorld
    from .core.worlds.task_world import create_agents_for_task, create_task_world, load_teacher_class
    from .core.worlds.world import World
    from .errors import ActError, AgentError, ParleyrunError, RunStopped, TaskError, WorldError

__version__ = "0.1.0"

__all__ = [
    "DISCONNECT_TEXT",
    "TIMEOUT_TEXT",
    "Act",
    "ActError",
    "Agent",
    "AgentError",
    "AverageMetric",
    "BatchWorld",
    "BleuMetric",
    "BotAgent",
    "DialogPartnerWorld",
    "DialogTeacher",
    "DistinctMetric",
    "DynamicBatchWorld",
    "EpisodeTeacher",
    "ExactMatchMetric",
    "ExecutableWorld",
    "F1Metric",
    "FixedMetric",
    "HitsAtMetric",
    "HogwildWorld",
    "MacroAverageMetric",
    "Message",
    "Metric",
    "MultiAgentDialogWorld",
    "MultiWorld",
    "Opt",
    "ParleyrunError",
    "RunStopped",
    "Scores",
    "SumMetric",
    "TaskError",
    "Teacher",
    "World",
    "WorldError",
    "__version__",
    "aggregate_named_reports",
    "create_agent",
    "create_agent_from_shared",
    "create_agents_for_task",
    "create_agents_from_shared",
    "create_task",
    "create_task_world",
    "load_agent_class",
    "load_teacher_class",
    "override_opts_in_shared",
    "validate",
    "values_of",
]

_HOMES = {
    "Agent": "core.agents",
    "BotAgent": "core.agents",
    "BatchWorld": "core.worlds.batch",
    "BleuMetric": "core.metrics.bleu",
    "create_agent": "core.create",
    "load_agent_class": "core.create",
    "DialogPartnerWorld": "core.worlds.dialog",
    "MultiAgentDialogWorld": "core.worlds.dialog",
    "DynamicBatchWorld": "core.worlds.dynamic_batch",
    "ExecutableWorld": "core.worlds.executable",
    "HogwildWorld": "core.worlds.hogwild.hogwild_world",
    "DISCONNECT_TEXT": "core.message",
    "TIMEOUT_TEXT": "core.message",
    "Act": "core.message",
    "Message": "core.message",
    "AverageMetric": "core.metrics.metrics",
    "FixedMetric": "core.metrics.metrics",
    "Metric": "core.metrics.metrics",
    "SumMetric": "core.metrics.metrics",
    "aggregate_named_reports": "core.metrics.metrics",
    "MacroAverageMetric": "core.metrics.metrics",
    "values_of": "core.metrics.metrics",
    "MultiWorld": "core.worlds.multi",
    "Opt": "core.opt",
    "Scores": "core.metrics.scores",
    "validate": "core.asking",
    "create_agent_from_shared": "core.sharing",
    "create_agents_from_shared": "core.sharing",
    "override_opts_in_shared": "core.sharing",
    "create_agents_for_task": "core.worlds.task_world",
    "create_task_world": "core.worlds.task_world",
    "load_teacher_class": "core.worlds.task_world",
    "create_task": "core.create_task",
    "DialogTeacher": "core.teachers.teachers",
    "EpisodeTeacher": "core.teachers.teachers",
    "Teacher": "core.teachers.teachers",
    "DistinctMetric": "core.metrics.text_metrics",
    "ExactMatchMetric": "core.metrics.text_metrics",
    "F1Metric": "core.metrics.text_metrics",
    "HitsAtMetric": "core.metrics.text_metrics",
    "World": "core.worlds.world",
    "ActError": "errors",
    "AgentError": "errors",
    "ParleyrunError": "errors",
    "RunStopped": "errors",
    "TaskError": "errors",
    "WorldError": "errors",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'parleyrun' has no attribute {name!r}")
    return getattr(import_module(f".{home}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
