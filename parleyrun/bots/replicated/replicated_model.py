"""A replicated model: it lives elsewhere, several times, and its seats are asked there."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Self

from ...core.agents import Agent
from ...core.message import Act
from ...core.model_answer import ModelAnswer
from ...core.sharing import create_agent_from_shared
from ...core.thinking import think
from ...errors import AgentError, ModelError, ModelFailure
from ...runner.timers import Timers
from .replica_route import ReplicaFacts, ReplicaQuestion, ReplicaReply, ReplicaRoute

INTRODUCED, HEARD, SAID = "introduced", "heard", "said"
"""What a copy of the model is told: of its seat, what somebody said, and what it has said itself."""

MOST_EVENTS = 800
"""How much of a conversation is kept to tell it to another replica."""
FORGOTTEN_AT_ONCE = 100

MODEL = "replicated"
"""Under this key a replicated model's share table has the model."""


class ReplicatedModel(Agent):
    """What stands for a model whose replicas are elsewhere.

    Args:
        opt: Its options.
        name: Its name under `models:`.
        facts: What its replicas have in common.
        route: The way to them.
        timers: Measure how long an answer takes.
    """

    def __init__(
        self, opt: Mapping[str, Any], name: str, facts: ReplicaFacts, route: ReplicaRoute, timers: Timers
    ) -> None:
        super().__init__(opt, id=facts.id)
        self.name = name
        self.facts = facts
        self._route = route
        self._timers = timers
        kind = ForkableReplicatedAgent if facts.forks else ReplicatedAgent
        self._table = {"class": kind, "opt": opt, MODEL: self}

    def share(self) -> dict[str, Any]:
        return self._table

    def described(self) -> str:
        """Say what it is."""
        return self.facts.described

    def trouble(self) -> str | None:
        """Say what keeps it from answering; None while all is well. Any thread."""
        return self._route.trouble(self.name)

    def ask(self, question: ReplicaQuestion, on_text: Callable[[str], None] | None) -> ReplicaReply:
        """Have a question answered. Blocks; a failure is a part of what is returned."""
        began = self._timers.clock.monotonic()
        try:
            return think(lambda thinking: self._route.ask(question, thinking, on_text))
        except ModelError as error:
            answer = ModelAnswer(
                model=self.name,
                failure=error.cause.value,
                error=str(error),
                seconds=self._timers.clock.monotonic() - began,
                tries=error.tries,
            )
            return ReplicaReply(answer=answer, failure=error.cause, error=str(error), may_pass=error.may_pass)


class ReplicatedAgent(Agent):
    """One seat of a model that lives elsewhere: what it has heard and said goes along with each question.

    So any of the replicas can answer, and one that has answered before remembers the beginning.

    Args:
        opt: The options of the model.
        shared: A share table as `ReplicatedModel` has it.
    """

    on_text: Callable[[str], None] | None
    """Told the words of an answer while they come, where the model can do that; not there otherwise."""

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        if shared is None:
            raise AgentError(
                "expected a share table: a replicated seat is a copy of a model that was built before"
            )
        super().__init__(opt, shared)
        self._shared = shared
        model: ReplicatedModel = shared[MODEL]
        self.id = model.facts.id
        if model.facts.streams:
            self.on_text = None
        self.last_answer: ModelAnswer | None = None
        """What it took to answer the last time."""
        self._events: list[bytes] = []
        self._base = ""  # the copy of the model that knows the first of them
        self._known = 0

    def introduce(self, about: Mapping[str, Any]) -> None:
        """Tell the model of its seat: `role`, `task`, `people`, `condition`, `onboard_data`."""
        self._note(INTRODUCED, dict(about))

    def observe(self, act: Act) -> Any:
        self.observation = act
        self._note(HEARD, act)
        return act

    def self_observe(self, act: Act) -> None:
        self._note(SAID, act)

    def act(self) -> Act | None:
        """Return what the model says. Blocks until it is there; raises `ModelError` if there is nothing."""
        self.last_answer = None
        model: ReplicatedModel | None = self._shared.get(MODEL)
        if model is None:
            return self._act_here()
        on_text = getattr(self, "on_text", None)
        question = ReplicaQuestion(
            model=model.name,
            base=self._base,
            known=self._known,
            events=tuple(self._events),
            streams=on_text is not None,
        )
        reply = model.ask(question, on_text)
        self.last_answer = reply.answer
        if reply.failure is not None:
            self._forget_base()
            raise ModelError(reply.error, reply.failure, may_pass=reply.may_pass)
        self.id = reply.id or self.id
        if reply.act is not None:
            self._note(SAID, reply.act)
        self._base, self._known = reply.base, len(self._events)
        return reply.act

    def _act_here(self) -> Act | None:
        """Return what the model says that was on a cluster when this was put on record, and is built here now."""
        copy = create_agent_from_shared(self._shared)
        tell(copy, self._events)
        try:
            act = copy.act()
        finally:
            self.last_answer = getattr(copy, "last_answer", None)
        if act is not None:
            self._note(SAID, act)
        return act

    def reset(self) -> None:
        super().reset()
        self._events = []
        self._forget_base()

    def share(self) -> dict[str, Any]:
        return dict(self._shared)

    def _forget_base(self) -> None:
        """The copy of the model that has answered may be anywhere by now: the next one is told everything."""
        self._base, self._known = "", 0

    def _note(self, kind: str, what: Any) -> None:
        try:
            event = pickle.dumps((kind, what), 5)
        except Exception as error:  # whatever an author's act holds
            raise ModelError(
                f"what was {kind} cannot travel to the replicas of the model: {type(error).__name__}: {error}",
                ModelFailure.CODE,
            ) from error
        self._events.append(event)
        if len(self._events) > MOST_EVENTS:
            # What was said first goes, some of it at once; what it was told of its seat stays.
            first = 1 if self._is_introduced else 0
            del self._events[first : first + FORGOTTEN_AT_ONCE]
            self._forget_base()

    @property
    def _is_introduced(self) -> bool:
        kind: str = pickle.loads(self._events[0])[0]  # noqa: S301  # our own
        return kind == INTRODUCED

    def __getstate__(self) -> dict[str, Any]:
        gone = {"observation": None} | ({"on_text": None} if hasattr(self, "on_text") else {})
        return {**self.__dict__, **gone}


def tell(copy: Any, events: Sequence[bytes]) -> None:
    """Tell a copy of the model what was heard and said, as a seat has noted it."""
    for event in events:
        kind, what = pickle.loads(event)  # noqa: S301  # our own
        if kind == HEARD:
            copy.observe(what)
            continue
        told = getattr(copy, "introduce" if kind == INTRODUCED else "self_observe", None)
        if told is not None:
            told(what)


class ForkableReplicatedAgent(ReplicatedAgent):
    """One seat of a model whose copies can be forked."""

    def fork(self) -> Self:
        """Return a copy for one answer, to keep or throw away."""
        fork = copy(self)
        fork._events = list(self._events)
        fork.last_answer = None
        return fork
