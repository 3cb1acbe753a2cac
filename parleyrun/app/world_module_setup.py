"""The set-up of a world module: what it raises says whose mistake it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from traceback import extract_tb
from typing import Any

from ..config.plan import Plan
from ..errors import WorldError


def with_guarded_setup(plan: Plan) -> Plan:
    """Return the plan with a `module_initialize` that raises nothing but `WorldError`, with the author's lines."""
    if plan.module_initialize is None:
        return plan
    return replace(plan, module_initialize=partial(_initialize, plan.module_initialize, plan.config.world_module))


def _initialize(module_initialize: Callable[[Any, Any], Any], module: str, opt: Any, service: Any) -> None:
    try:
        module_initialize(opt, service)
    except (Exception, SystemExit) as error:
        # The first frame is this one; all that follow are the author's, and what they called.
        frames = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
            for frame in extract_tb(error.__traceback__)[1:]
        ]
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise WorldError(
            "\n".join([f"{module}.module_initialize(opt, service) raised {what}", *frames])
        ) from error
