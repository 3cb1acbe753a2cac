"""parleyrun: run dialogue tasks between people and bots from one YAML file.

All that a world author imports is here; names are loaded when they are first used, so that `import parleyrun`
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core.agents import Agent, BotAgent
    from .core.batch import BatchWorld
    from .core.bleu import BleuMetric
    from .core.create import create_agent, load_agent_class
    from .core.dialog import DialogPartnerWorld, MultiAgentDialogWorld
    from .core.dynamic_batch import DynamicBatchWorld
    from .core.executable import ExecutableWorld
    from .core.hogwild import HogwildWorld
    from .core.message import DISCONNECT_TEXT, TIMEOUT_TEXT, Act, Message
    from .core.metrics import (
        AverageMetric,
        FixedMetric,
        MacroAverageMetric,
        Metric,
        SumMetric,
        aggregate_named_reports,
        values_of,
    )
    from .core.multi import MultiWorld
    from .core.opt import Opt
    from .core.scores import Scores
    from .core.seats import validate
    from .core.sharing import create_agent_from_shared, create_agents_from_shared, override_opts_in_shared
    from .core.task_world import create_agents_for_task, create_task_world, load_teacher_class
    from .core.tasks import create_task
    from .core.teachers import DialogTeacher, EpisodeTeacher, Teacher
    from .core.text_metrics import DistinctMetric, ExactMatchMetric, F1Metric, HitsAtMetric
    from .core.world import World
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
    "BatchWorld": "core.batch",
    "BleuMetric": "core.bleu",
    "create_agent": "core.create",
    "load_agent_class": "core.create",
    "DialogPartnerWorld": "core.dialog",
    "MultiAgentDialogWorld": "core.dialog",
    "DynamicBatchWorld": "core.dynamic_batch",
    "ExecutableWorld": "core.executable",
    "HogwildWorld": "core.hogwild",
    "DISCONNECT_TEXT": "core.message",
    "TIMEOUT_TEXT": "core.message",
    "Act": "core.message",
    "Message": "core.message",
    "AverageMetric": "core.metrics",
    "FixedMetric": "core.metrics",
    "Metric": "core.metrics",
    "SumMetric": "core.metrics",
    "aggregate_named_reports": "core.metrics",
    "MacroAverageMetric": "core.metrics",
    "values_of": "core.metrics",
    "MultiWorld": "core.multi",
    "Opt": "core.opt",
    "Scores": "core.scores",
    "validate": "core.seats",
    "create_agent_from_shared": "core.sharing",
    "create_agents_from_shared": "core.sharing",
    "override_opts_in_shared": "core.sharing",
    "create_agents_for_task": "core.task_world",
    "create_task_world": "core.task_world",
    "load_teacher_class": "core.task_world",
    "create_task": "core.tasks",
    "DialogTeacher": "core.teachers",
    "EpisodeTeacher": "core.teachers",
    "Teacher": "core.teachers",
    "DistinctMetric": "core.text_metrics",
    "ExactMatchMetric": "core.text_metrics",
    "F1Metric": "core.text_metrics",
    "HitsAtMetric": "core.text_metrics",
    "World": "core.world",
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
