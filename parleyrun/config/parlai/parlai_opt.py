"""The options that worlds written for ParlAI see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.open_opt import OpenOpt
from ...core.task_names import default_datapath
from ..diagnostics import Findings
from ..schema import Config
from .standing_names import PARLAI


def check_models_of_parlai(config: Config, findings: Findings) -> None:
    """Find models that ParlAI itself is to load, where ours stand for its names: there it cannot be imported."""
    for model in config.models.values():
        if model.kind == PARLAI:
            message = (
                f"expected a model without ParlAI, got '{model.name}': our classes stand for ParlAI's names here"
            )
            hint = "write compat: off to use the ParlAI that is installed"
            findings.add("module-shadowed", ("models", model.name, "model"), message, hint)


def parlai_opt(config: Config, opt: Mapping[str, Any]) -> OpenOpt:
    """Return a config's options under the names by which ParlAI's authors know them, open to changes.

    Args:
        config: The config.
        opt: What its `opt:` says, and what ready worlds add; these go before all else.
    """
    thawed = _thawed(opt)
    debug = bool(thawed.get("debug", thawed.get("is_debug", False)))
    return OpenOpt(
        {
            "task": config.task_name,
            "datapath": str(default_datapath()),
            "is_debug": debug,
            "log_level": 10 if debug else 20,
            "local": False,
            "bypass_server_setup": False,
            "password": config.password,
            "page_id": config.page_ids[0] if config.page_ids else None,
            "config": _parsed(config, thawed),
            "models": {},
            "bot_model": next(iter(config.models), None),
            "shared_bot_params": {},
            **thawed,
        }
    )


def _parsed(config: Config, opt: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ParlAI's reader makes of the file; each task's entry is a mapping by its keys."""
    configs = {
        task.key: {
            "world_name": task.key,
            "onboarding_name": task.onboard_world,
            "task_name": task.task_world,
            "max_time_in_pool": task.max_time_in_pool,
            "agents_required": task.agents_required,
            "backup_task": task.backup_task,
        }
        for task in config.tasks.values()
    }
    return {
        "world_path": config.world_module,
        "world_module": config.world_module,
        "overworld": config.overworld,
        "max_workers": config.max_workers,
        "task_name": config.task_name,
        "configs": configs,
        "world_opt": dict(opt),
        "additional_args": _thawed(config.additional_args),
    }


def _thawed(value: Any) -> Any:
    """Return plain values of frozen ones, all the way down."""
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, tuple | list) else value
