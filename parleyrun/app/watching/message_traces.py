"""Message traces: the walk of a message, from the journal to the other person's channel, for OpenTelemetry."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from opentelemetry.trace import Span, Status, StatusCode, Tracer, set_span_in_context

from ...core.model_answer import BotDecision
from ...events import Delivery, Inbound, Receipt
from ...runner.timers import Clock
from ...runner.turn import Turn
from ...store.protocol import Publish, line_reference

MOST_OPEN = 1000
"""How many messages that nobody has read yet are followed; of the oldest no more is told then."""


class Traced(Protocol):
    """The part of a store that a message passes."""

    def journal(self, inbound: Inbound, then: Callable[[Receipt], None]) -> None: ...

    def commit(self, turn: Turn, publish: Publish) -> None: ...

    def decided(self, run_uid: str, decision: BotDecision) -> None: ...

    def after(self, work: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Walk:
    """A message on its way: its own span, and when it was on record, in nanoseconds."""

    span: Span
    journalled: int


class MessageTraces:
    """Follows messages. Any thread. No span has words or names a person.

    It stands around a store's own methods from the moment at which it is told to; where it is not, nothing is
    between anybody and these.

    Args:
        tracer: Makes spans, and decides which messages are followed.
        clock: What time it is.
    """

    def __init__(self, tracer: Tracer, clock: Clock) -> None:
        self._tracer = tracer
        self._clock = clock
        self._lock = threading.Lock()  # guards the two below
        self._unread: OrderedDict[str, _Walk] = OrderedDict()  # by the reference of the line
        self._read: OrderedDict[str, Span] = OrderedDict()  # by run: the message that was read last
        self._woken: dict[str, int] = {}  # by run; each is written by the thread that steps it

    def follow(self, store: Traced) -> None:
        """Follow what is handed to a store from now on. Before it is opened."""
        journal, commit, decided, after = store.journal, store.commit, store.decided, store.after
        around: dict[str, Callable[..., None]] = {
            "journal": partial(self._journal, journal),
            "commit": partial(self._commit, commit, after),
            "decided": partial(self._decided, decided),
        }
        for name, method in around.items():
            setattr(store, name, method)

    def woken(self, run_uid: str) -> None:
        """A run has got a slot."""
        self._woken[run_uid] = self.now()

    def _journal(self, journal: Callable[..., None], inbound: Inbound, then: Callable[[Receipt], None]) -> None:
        span = self._tracer.start_span("message", start_time=self.now())
        if span.is_recording():
            span.set_attribute("parleyrun.channel", inbound.participant_id.partition(":")[0])
            then = partial(self._journalled, span, self.now(), inbound.participant_id, then)
        journal(inbound, then)

    def _journalled(
        self, span: Span, began: int, participant_id: str, then: Callable[[Receipt], None], receipt: Receipt
    ) -> None:
        now = self.now()
        self._part(span, "journal", began, now)
        if receipt.refused is not None or receipt.duplicate:
            why = "duplicate" if receipt.refused is None else str(receipt.refused.value)
            span.set_attribute("parleyrun.refused", why)
            span.end(now)
        else:
            with self._lock:
                self._unread[line_reference(participant_id, receipt.seq)] = _Walk(span, now)
                forgotten = self._unread.popitem(last=False)[1] if len(self._unread) > MOST_OPEN else None
            if forgotten is not None:
                forgotten.span.end(forgotten.journalled)
        then(receipt)

    def _commit(
        self, commit: Callable[..., None], after: Callable[..., None], turn: Turn, publish: Publish
    ) -> None:
        spans = self._spans_of(turn)
        if spans:
            leaving = _Leaving(self, spans, self.now(), publish)
            commit(turn, leaving.publish)
            after(leaving.end)
        else:
            commit(turn, publish)
        if turn.outcome is not None:
            self._woken.pop(turn.run.uid, None)
            with self._lock:
                self._read.pop(turn.run.uid, None)

    def _spans_of(self, turn: Turn) -> list[Span]:
        """Return the spans of the messages that a turn has read, or answers by a model."""
        uid = turn.run.uid
        with self._lock:
            walks = [walk for name in turn.consumed if (walk := self._unread.pop(name, None)) is not None]
            before = self._read.get(uid)
            if walks:
                self._read[uid] = walks[-1].span
                if len(self._read) > MOST_OPEN:
                    self._read.popitem(last=False)
        now = self.now()
        for walk in walks:
            woken = max(walk.journalled, self._woken.get(uid, 0))
            walk.span.set_attributes({"parleyrun.task": turn.run.group, "parleyrun.conversation": uid})
            self._part(walk.span, "wake", walk.journalled, woken)
            self._part(walk.span, "parley", woken, now)
        spans = [walk.span for walk in walks]
        about = spans[-1] if spans else before
        if about is not None and turn.decisions:
            for decision in turn.decisions:
                self._model(about, decision)
            return spans or [about]
        return spans

    def _decided(self, decided: Callable[..., None], run_uid: str, decision: BotDecision) -> None:
        with self._lock:
            about = self._read.get(run_uid)
        if about is not None:
            self._model(about, decision)
        decided(run_uid, decision)

    def _model(self, about: Span, decision: BotDecision) -> None:
        answer = decision.answer
        if answer is None or answer.noted_as is not None:  # of which there is a span already
            return
        end = int(decision.at * 1e9)
        attributes: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": answer.model,
            "gen_ai.usage.input_tokens": answer.prompt_tokens,
            "gen_ai.usage.output_tokens": answer.completion_tokens,
            "parleyrun.tries": answer.tries,
        }
        if answer.served_by:
            attributes["gen_ai.response.model"] = answer.served_by
        span = self.begin(about, f"chat {answer.model}", end - int(answer.seconds * 1e9), attributes)
        if answer.failure:
            span.set_attribute("error.type", answer.failure)
            span.set_status(Status(StatusCode.ERROR, answer.failure))
        span.end(end)

    def begin(self, about: Span, name: str, start: int, attributes: dict[str, Any] | None = None) -> Span:
        """Begin a part of a message's walk, at so many nanoseconds."""
        context = set_span_in_context(about)
        return self._tracer.start_span(name, context=context, start_time=start, attributes=attributes)

    def _part(self, about: Span, name: str, start: int, end: int) -> None:
        self.begin(about, name, start).end(end)

    def now(self) -> int:
        """Return wall time in nanoseconds."""
        return int(self._clock.time() * 1e9)


class _Leaving:
    """A turn on its way out. `publish` and `end` are called on the store's thread."""

    def __init__(self, traces: MessageTraces, spans: list[Span], began: int, publish: Publish) -> None:
        self._traces = traces
        self._spans = spans
        self._commits = [traces.begin(span, "commit", began) for span in spans]
        self._is_committed = False
        self._publish = publish

    def publish(self, delivery: Delivery) -> None:
        """Have a line delivered."""
        self._committed()
        began = self._traces.now()
        self._publish(delivery)
        ended = self._traces.now()
        for span in self._spans:
            self._traces.begin(span, "deliver", began).end(ended)

    def end(self) -> None:
        """All of it is delivered."""
        self._committed()
        for span in self._spans:
            if span.is_recording():
                span.end(self._traces.now())

    def _committed(self) -> None:
        if not self._is_committed:
            self._is_committed = True
            now = self._traces.now()
            for commit in self._commits:
                commit.end(now)
