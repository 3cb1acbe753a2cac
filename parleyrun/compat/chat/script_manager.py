"""What a `run.py` of the first generation tells its manager becomes a config, and is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ...app.serving import serve
from ...errors import ConfigError

_OVERWORLD = "overworld_func"
_ROLES, _ELIGIBILITY = "assign_role_functions", "eligibility_functions"
_TASKS, _ONBOARDINGS = "task_functions", "onboard_functions"

ByTask = Mapping[str, Any]
"""Something of each task, by its key."""


class ScriptManager:
    """Takes what a script says of its tasks, and serves them once it says `start_task`.

    What worlds ask of a manager (`observe_message`, `upload_attachment` …) is the service's, while that is open.

    Args:
        opt: The script's options: `task` is what it is called, `password` what newcomers are asked for. Worlds
            have all of them in their `opt`.
    """

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self.opt = opt
        self.bot_model = opt.get("bot_model")
        self._said: dict[str, Any] = {_ONBOARDINGS: {}, _ROLES: {}, _ELIGIBILITY: {}, _TASKS: {}}
        self._agents_required: ByTask = {}
        self._max_time_in_pool: ByTask = {}
        self._service: Any = None

    def set_onboard_functions(self, onboard_functions: ByTask) -> None:
        """Say what people go through before each task: `f(opt, agent, task_id)`, or None for nothing."""
        self._said[_ONBOARDINGS] = {key: each for key, each in onboard_functions.items() if each is not None}

    def set_overworld_func(self, overworld_func: Callable[..., Any]) -> None:
        """Say what makes somebody's overworld: `f(opt, agent)`."""
        self._said[_OVERWORLD] = overworld_func

    def set_agents_required(self, max_agents_for: ByTask) -> None:
        """Say how many people each task takes."""
        self._agents_required = dict(max_agents_for)

    def set_task_functions(self, task_functions: ByTask) -> None:
        """Say what holds each task's conversation: `f(manager, opt, agents, task_id)`."""
        self._said[_TASKS] = dict(task_functions)

    def set_assign_role_functions(self, assign_role_functions: ByTask) -> None:
        """Say what gives those who were matched their roles: `f(agents)`."""
        self._said[_ROLES] = _those_given(assign_role_functions)

    set_assign_task_functions = set_assign_role_functions

    def set_eligibility_functions(self, eligibility_functions: ByTask) -> None:
        """Say who may take part in each task: `f(session)`."""
        self._said[_ELIGIBILITY] = _those_given(eligibility_functions)

    def set_max_time_in_pool(self, max_time_in_pool: ByTask) -> None:
        """Say how many seconds people wait for each task at most; None for as long as it takes."""
        self._max_time_in_pool = dict(max_time_in_pool)

    def setup_server(self) -> None:
        """Say nothing yet: the doors are opened once everything is known."""

    # Steps of the same kind, each under its name in one or the other of ParlAI's managers.
    init_new_state = start_new_run = setup_socket = ready_to_accept_workers = setup_server

    def start_task(
        self,
        assign_role_functions: ByTask | None = None,
        task_functions: ByTask | None = None,
        max_time_in_pool: ByTask | None = None,
        eligibility_functions: ByTask | None = None,
    ) -> None:
        """Open the doors, and keep them open until Ctrl-C. Blocks. What is left out was said by its setter.

        Raises:
            ConfigError: What was said cannot be served; its text tells all that is wrong.
        """
        for said, take in (
            (assign_role_functions, self.set_assign_role_functions),
            (task_functions, self.set_task_functions),
            (max_time_in_pool, self.set_max_time_in_pool),
            (eligibility_functions, self.set_eligibility_functions),
        ):
            if said is not None:
                take(said)
        serve(self.config(), worlds=self.worlds())

    def config(self) -> dict[str, Any]:
        """Return all that was said as the values of a config. Raises `ConfigError` where a task is missing."""
        if not self._said[_TASKS]:
            raise ConfigError("expected task_functions, from start_task or set_task_functions, got none")
        if _OVERWORLD not in self._said and len(self._said[_TASKS]) > 1:
            raise ConfigError(
                "expected an overworld that people choose a task in, from set_overworld_func, got none"
            )
        password = self.opt.get("password")
        return {
            "task_name": str(self.opt.get("task") or "task"),
            "compat": "parlai",
            **({"overworld": _OVERWORLD} if _OVERWORLD in self._said else {}),
            **({} if password is None else {"password": str(password)}),
            "tasks": {key: self._task(key) for key in self._said[_TASKS]},
        }

    def worlds(self) -> Any:
        """Return what stands in for the world module."""
        return SimpleNamespace(**self._said, module_initialize=self._meet)

    def shutdown(self) -> None:
        """Say nothing: the doors are closed when `start_task` returns."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self._service is None:
            raise AttributeError(f"the manager has no {name} before its doors are open")
        return getattr(self._service, name)

    def _task(self, key: str) -> dict[str, Any]:
        seconds = self._max_time_in_pool.get(key)
        required = self._agents_required.get(key)
        return {
            "agents_required": 1 if required is None else required,
            **({} if seconds is None else {"max_time_in_pool": seconds}),
        }

    def _meet(self, opt: Any, service: Any) -> None:
        """Learn of the service, and hand the script's options on to worlds."""
        self._service = service
        for name, value in self.opt.items():
            opt.setdefault(name, value)


def _those_given(functions: ByTask) -> dict[str, Any]:
    return {key: each for key, each in functions.items() if each is not None}
