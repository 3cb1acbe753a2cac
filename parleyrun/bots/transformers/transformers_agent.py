"""`transformers`: a model that is loaded into this process, by the library of that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Self

from ...core.agents import Agent
from ...core.message import Act
from ...core.model_answer import ModelAnswer
from ...core.thinking import think
from ..answered_act import AnsweredAct, raise_if_failed
from ..chat_completions.prompt import messages_of
from ..chat_completions.seat_memory import SeatMemory
from ..opt_names import REPEAT
from .local_model import MESSAGES, OTHER_NAMES, OWN_NAMES, LocalModel, settings_of_name
from .transformers_settings import TRANSFORMERS_SETTINGS, faults_of_generation


class TransformersAgent(Agent):
    """One seat's conversation with a model in this process. Copies share the model.

    Args:
        opt: An entry of `models:`; see `GenerationSettings`.
        shared: What `share()` of another copy returned.

    Raises:
        AgentError: Something is wrong with the entry, or the model cannot be loaded.
        MissingExtra: The library is not installed.
    """

    settings_section = TRANSFORMERS_SETTINGS
    settings_of_reference = staticmethod(settings_of_name)
    check_settings = staticmethod(faults_of_generation)
    default_max_batch = 16
    """How many conversations are answered at once where `max_batch` is not given."""

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self._model = LocalModel(self.opt) if shared is None else shared["model"]
        self.id = self._model.name
        self._repeat = int(self.opt.get(REPEAT) or 0)
        settings = self._model.settings
        self._memory = SeatMemory(self.id, self._model.generator.most_tokens, settings.context_lines)
        self.last_answer: ModelAnswer | None = None
        """What it took to answer the last time."""

    def introduce(self, about: Mapping[str, Any]) -> None:
        """Tell the model of its seat: `role`, `task`, `people`, `condition`, `onboard_data`."""
        self._memory.introduce(about)
        self._repeat = int(about.get(REPEAT) or self._repeat)
        self.id = self._memory.name

    def observe(self, act: Act) -> Any:
        """Show it what somebody said, and return what `batch_act` needs to answer it."""
        self._memory.heard(act)
        return self.unasked()

    def unasked(self) -> dict[str, Any]:
        """Return what `batch_act` needs to have it speak although it was shown nothing."""
        model = self._model
        messages = self._memory.messages(model.system, model.estimate, model.settings.max_new_tokens)
        return {MESSAGES: messages, OWN_NAMES: [self.id, model.name], OTHER_NAMES: sorted(self._memory.others)}

    def act(self) -> Act:
        """Return what the model says. Blocks until it is there; raises `ModelError` if there is nothing."""
        self.last_answer = None
        [act] = think(lambda _: self._model.answers([self.unasked()], self.id, self._repeat))
        self.self_observe(act)
        raise_if_failed(act)
        return act

    def batch_act(self, observations: Sequence[Act | None]) -> list[Act | None]:
        """Return an answer to each observation, all by one call of the model."""
        nothing = {MESSAGES: messages_of(self._model.system, ()), OWN_NAMES: (), OTHER_NAMES: ()}
        asked = [observation or nothing for observation in observations if observation is not None]
        answers = iter(self._model.answers(asked, self.id, self._repeat) if asked else ())
        return [None if observation is None else next(answers) for observation in observations]

    def self_observe(self, act: Act) -> None:
        self._memory.said(act)
        self.last_answer = act.answer if isinstance(act, AnsweredAct) else None

    def reset(self) -> None:
        super().reset()
        self._memory.forget()

    def share(self) -> dict[str, Any]:
        return {**super().share(), "model": self._model}

    def fork(self) -> Self:
        """Return a copy for one answer, to keep or throw away: it remembers for itself, and shares the model."""
        fork = copy(self)
        fork._memory = self._memory.fork()
        fork.last_answer = None
        return fork

    def check(self) -> None:
        """Have the model say one word."""
        self._model.generator.generate([messages_of(self._model.system, ())], max_new_tokens=1)

    def described(self) -> str:
        """Say which model it is, and where it runs."""
        return self._model.described()
