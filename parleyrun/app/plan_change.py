"""What of a config can be changed while people are served, and what needs a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from ..config.plan import Plan
from ..config.schema import Config
from ..errors import ConfigError
from .shared_models import has_hidden_bots

_CHANGEABLE = frozenset(
    {"world_module", "overworld", "tasks", "opt", "forms", "models", "additional_args", "path", "marks"}
)
"""The fields of a config that what begins later may have otherwise. All else belongs to the service itself."""

_KEYS: Mapping[str, str] = {
    "page_texts": "texts",
    "form_texts": "texts",
    "page_ids": "page_id",
    "browser": "channels",
    "messenger": "channels",
    "more_channels": "channels",
    "doors": "channels",
    "for_parlai": "compat",
}
"""How fields are called in the file, where that is not their own name."""


def refuse_what_needs_a_restart(before: Plan, after: Plan) -> None:
    """Raise `ConfigError`, in one sentence, if a plan differs in what needs a restart."""
    found = list(dict.fromkeys([*_settings(before.config, after.config), *_of_tasks(before, after)]))
    if found:
        named = found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
        raise ConfigError(
            f"{named} cannot be changed while people are served: stop parleyrun and start it again to have "
            "the new config"
        )


def _settings(before: Config, after: Config) -> Iterator[str]:
    for field in fields(Config):
        if field.name not in _CHANGEABLE and getattr(before, field.name) != getattr(after, field.name):
            yield _KEYS.get(field.name, field.name)


def _of_tasks(before: Plan, after: Plan) -> Iterator[str]:
    gone = [key for key in before.tasks if key not in after.tasks]
    if gone:
        yield (
            f"the tasks that are gone ({', '.join(gone)})"
            if len(gone) > 1
            else f"the task that is gone ({gone[0]})"
        )
    if _with_uploads(before) != _with_uploads(after):
        yield "allow_uploads"
    if has_hidden_bots(before) is not has_hidden_bots(after):
        yield "disclose"
    if (before.before_delivery is None) is not (after.before_delivery is None):
        yield "whether there is a before_delivery"
    if before.password != after.password:
        yield "password"


def _with_uploads(plan: Plan) -> frozenset[str]:
    return frozenset(key for key, task in plan.config.tasks.items() if task.allow_uploads)
