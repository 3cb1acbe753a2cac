"""`parlai`: an agent of ParlAI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

from ...config.kinds import Anything, Text
from ...config.models.model_kinds import SettingFault, SettingsPlace
from ...config.sections import Field, Section
from ...core.agents import Agent
from ...core.message import Act
from ...core.model_answer import ModelAnswer
from ...core.thinking import think
from ...errors import ModelFailure
from ..answered_act import AnsweredAct, raise_if_failed
from .parlai_model import ParlaiModel

MOST_REMEMBERED = 400
"""How many acts are kept to tell a new copy of the agent, after a restart or for a fork."""

_PASSED_ON = ("id", "text", "label_candidates", "labels", "eval_labels")

PARLAI_SETTINGS = Section(
    "a model of the kind parlai",
    (
        Field(
            "agent", Text("the name of an agent"), "the agent as ParlAI calls it, such as transformer/generator"
        ),
        Field("model_file", Text("a path"), "the file of a trained model, or zoo:…"),
        Field("options", Anything("options"), "further options of ParlAI's, such as beam_size"),
    ),
)


def faults_of_settings(values: Mapping[str, Any], place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with the settings of an entry, as `check_settings` of its kind."""
    if not values.get("agent") and not values.get("model_file"):
        message = "expected agent: or model_file: of a model of ParlAI, got none"
        yield SettingFault(path=(), message=message, hint="write agent: transformer/generator")


class ParlaiAgent(Agent):
    """One seat's copy of an agent of ParlAI. Copies share what that agent shares.

    Args:
        opt: An entry of `models:`.
        shared: What `share()` of another copy returned.

    Raises:
        AgentError: ParlAI is not installed, or cannot make the agent.
    """

    settings_section = PARLAI_SETTINGS
    check_settings = staticmethod(faults_of_settings)

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._model: ParlaiModel = ParlaiModel(self.opt) if shared is None else shared["model"]
        self.id = self._model.name
        self._past: list[tuple[bool, Act]] = []
        self._copy: Any = None
        """ParlAI's own copy, which knows what is past; None before it is needed."""

    def observe(self, act: Act) -> Any:
        """Show it what somebody said, and return what ParlAI makes of it."""
        shown = {key: act[key] for key in _PASSED_ON if act.get(key) is not None}
        shown["episode_done"] = bool(act.get("episode_done"))
        agent = self._agent()
        self._remember(mine=False, act=shown)
        return self._model.shown(agent, shown)

    def unasked(self) -> Any:
        """Return what `batch_act` needs to have it speak although it was shown nothing."""
        return self._model.last_shown(self._agent())

    def act(self) -> Act:
        """Return what the agent says. Blocks until it is there; raises `ModelError` if there is nothing."""
        agent = self._agent()
        said: Mapping[str, Any] = think(lambda _: self._model.asked(agent))
        act = self._act_of(said)
        raise_if_failed(act)
        self._remember(mine=True, act=act)
        return act

    def batch_act(self, observations: Sequence[Any]) -> list[Act]:
        """Return an answer to each observation, all by one call, where ParlAI's agent can do that."""
        return [self._act_of(said) for said in self._model.asked_together(observations)]

    def self_observe(self, act: Act) -> None:
        if not act.get("text"):
            return
        agent = self._agent()
        self._remember(mine=True, act=act)
        self._model.told(agent, act)

    def reset(self) -> None:
        super().reset()
        self._past.clear()
        self._copy = None

    def share(self) -> dict[str, Any]:
        return {**super().share(), "model": self._model}

    def fork(self) -> Self:
        """Return a copy for one answer, which is told what is past."""
        fork = copy(self)
        fork._past = list(self._past)
        return fork

    def described(self) -> str:
        """Say which agent it is."""
        return self._model.described()

    def _agent(self) -> Any:
        if self._copy is None:
            self._copy = self._model.copy(self._past)
        return self._copy

    def _remember(self, *, mine: bool, act: Act) -> None:
        self._past.append((mine, dict(act)))
        del self._past[:-MOST_REMEMBERED]

    def _act_of(self, said: Mapping[str, Any]) -> Act:
        """Return what is said of an answer of ParlAI's, which has much else in it."""
        text = said.get("text")
        act: Act = {"id": self.id, "text": text, "episode_done": False}
        if not isinstance(text, str) or not text.strip():
            failed = ModelAnswer(
                model=self.id, failure=ModelFailure.EMPTY.value, error="it answered without words"
            )
            return AnsweredAct({**act, "text": ""}, failed)
        ranked = said.get("text_candidates")
        if isinstance(ranked, list | tuple) and all(isinstance(each, str) for each in ranked):
            act["text_candidates"] = list(ranked)
        return act

    def __getstate__(self) -> dict[str, Any]:
        # What ParlAI keeps of a conversation is made again of what is past.
        return {**self.__dict__, "_copy": None, "observation": None}
