"""An agent of ParlAI as all seats share it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.message import Act
from ...errors import AgentError
from ..opt_names import FOLDER, MODEL_NAME

KIND = "parlai"

SILENCE = "__SILENCE__"
"""What models of ParlAI are told that speak first."""


@dataclass(frozen=True, slots=True)
class _Library:
    """What is used of ParlAI."""

    create_agent: Any
    create_agent_from_shared: Any
    opt: Any
    message: Any


class ParlaiModel:
    """Makes the agent, and copies of it. Any thread; one of them at a time is in ParlAI's code.

    Args:
        opt: An entry of `models:`.

    Raises:
        AgentError: ParlAI is not installed, or cannot make the agent.
    """

    def __init__(self, opt: Mapping[str, Any]) -> None:
        self.name = str(opt.get(MODEL_NAME) or KIND)
        self._library = _library()
        agent, file = opt.get("agent"), opt.get("model_file")
        if not agent and not file:
            raise AgentError(f"model '{self.name}': expected agent: or model_file: of a model of ParlAI, got none")
        self._called = str(agent or file)
        options = dict(opt.get("options") or {})
        if file:
            path = Path(opt.get(FOLDER) or ".") / str(file)
            options["model_file"] = str(path) if path.exists() else str(file)
        if agent:
            options["model"] = str(agent)
        # What stands here goes before what was saved with the model.
        options["override"] = dict(options)
        self._lock = threading.Lock()  # its agents share tensors, and much else
        try:
            self._agent: Any = self._library.create_agent(self._library.opt(options))
        except (
            Exception,
            SystemExit,
        ) as error:  # it raises whatever its agents do, and exits where it misses something
            raise AgentError(f"ParlAI cannot make {self._called}: {type(error).__name__}: {error}") from error
        self._table: Any = self._agent.share()

    def described(self) -> str:
        """Say which agent it is."""
        return f"{self._called} (ParlAI)"

    def copy(self, past: Sequence[tuple[bool, Act]]) -> Any:
        """Return a copy of the agent for one seat, which was told what is past: whether it said it, and what."""
        with self._lock:
            copy = self._library.create_agent_from_shared(self._table)
            for mine, act in past:
                if mine:
                    self._tell(copy, act)
                else:
                    copy.observe(self._message(act))
        return copy

    def shown(self, copy: Any, act: Act) -> Any:
        """Show a copy what somebody said; return what it makes of it."""
        with self._lock:
            return copy.observe(self._message(act))

    def told(self, copy: Any, act: Act) -> None:
        """Tell a copy what was said in its name."""
        with self._lock:
            self._tell(copy, act)

    def last_shown(self, copy: Any) -> Any:
        """Return what a copy made of what it was shown last; who was shown nothing hears silence."""
        with self._lock:
            return self._last_shown(copy)

    def asked(self, copy: Any) -> Mapping[str, Any]:
        """Return what a copy says."""
        with self._lock:
            self._last_shown(copy)
            said: Mapping[str, Any] = copy.act()
        return said

    def asked_together(self, observations: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Return an answer to what each of several copies made of what it was shown; None is not answered."""
        if not hasattr(self._agent, "batch_act"):
            raise AgentError(f"{self._called} answers one at a time: take max_batch out")
        padding = self._library.message({"batch_padding": True, "episode_done": True})
        given = [padding if each is None else self._message(each) for each in observations]
        with self._lock:
            said: Sequence[Mapping[str, Any]] = self._agent.batch_act(given)
        return said

    def _tell(self, copy: Any, act: Act) -> None:
        if hasattr(copy, "self_observe"):
            self._last_shown(copy)
            copy.self_observe(self._message(act))

    def _last_shown(self, copy: Any) -> Any:
        shown = getattr(copy, "observation", None)
        return copy.observe(self._message({"text": SILENCE, "episode_done": False})) if shown is None else shown

    def _message(self, act: Mapping[str, Any]) -> Any:
        kind = self._library.message
        return act if isinstance(act, kind) else kind(act)


def _library() -> _Library:
    try:
        from parlai.core.agents import (  # type: ignore[import-not-found,unused-ignore]  # not on everybody's machine
            create_agent,
            create_agent_from_shared,
        )
        from parlai.core.message import Message  # type: ignore[import-not-found,unused-ignore]
        from parlai.core.opt import Opt  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        raise AgentError(
            f"a model of the kind parlai needs ParlAI, which cannot be imported ({error}): pip install parlai"
        ) from error
    return _Library(create_agent, create_agent_from_shared, Opt, Message)
