"""What a config says of watching a study, as it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

CONDITIONS = (
    "nobody_matched_for",
    "dropped_out_above",
    "errors_above",
    "cost_above",
    "model_down",
    "disk_below",
)
"""The keys that say what is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsConfig:
    """What somebody is told of, and how. What is None is not watched.

    Attributes:
        nobody_matched_for: For how many seconds people wait and nobody is matched.
        dropped_out_above: Which share of conversations, from 0 to 1, ends as their people leave or are silent.
        errors_above: How many errors the log has.
        cost_above: What the models of the study cost, all starts on the record together.
        model_down: The names of models that are to answer; empty for all of them.
        disk_below: How many bytes are free where the record is.
        window: Over how many seconds errors are counted, and conversations that end.
        remind_after: After how many seconds somebody is told again of what goes on.
        webhook: The address that is told by POST; what is behind it is often a secret.
        command: The program that is told on its standard input, with its arguments.
        terminal: Whether the log says it, as a warning.
    """

    nobody_matched_for: float | None = None
    dropped_out_above: float | None = None
    errors_above: int | None = None
    cost_above: float | None = None
    model_down: tuple[str, ...] | None = None
    disk_below: int | None = None
    window: float = 3600.0
    remind_after: float = 14_400.0
    webhook: str | None = field(default=None, repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)
    terminal: bool = False

    @property
    def watched(self) -> tuple[str, ...]:
        """The conditions that are watched."""
        return tuple(name for name in CONDITIONS if getattr(self, name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracesConfig:
    """Where traces of messages are sent.

    Attributes:
        otlp: The address of a collector that speaks OTLP over HTTP.
        sample: Of which share of messages, from 0 to 1.
    """

    otlp: str
    sample: float = 0.01
