"""The world library, in one place: worlds, agents, teachers, metrics, and what puts them together."""

from __future__ import annotations

from ..agents import Agent, BotAgent
from ..asking import validate
from ..create import create_agent, load_agent_class
from ..create_task import create_task
from ..metrics.bleu import BleuMetric
from ..metrics.metrics import (
    AverageMetric,
    FixedMetric,
    MacroAverageMetric,
    Metric,
    SumMetric,
    aggregate_named_reports,
    values_of,
)
from ..metrics.scores import Scores
from ..metrics.text_metrics import DistinctMetric, ExactMatchMetric, F1Metric, HitsAtMetric
from ..sharing import create_agent_from_shared, create_agents_from_shared, override_opts_in_shared
from ..teachers.teachers import DialogTeacher, EpisodeTeacher, Teacher
from .batch import BatchWorld
from .dialog import DialogPartnerWorld, MultiAgentDialogWorld
from .dynamic_batch import DynamicBatchWorld
from .executable import ExecutableWorld
from .hogwild.hogwild_world import HogwildWorld
from .multi import MultiWorld
from .task_world import create_agents_for_task, create_task_world, load_teacher_class
from .world import World

__all__ = [
    "Agent",
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
    "Metric",
    "MultiAgentDialogWorld",
    "MultiWorld",
    "Scores",
    "SumMetric",
    "Teacher",
    "World",
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
