"""Traces: what OpenTelemetry is told of a message's walk and of models, without words and names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from parleyrun.app.watching import traces_door
from parleyrun.app.watching.message_traces import MOST_OPEN, MessageTraces
from parleyrun.config.watching.watch_settings import TracesConfig
from parleyrun.core.model_answer import BotDecision, ModelAnswer
from parleyrun.errors import MissingExtra
from parleyrun.events import Inbound
from parleyrun.runner.turn import Outcome, RunIdentity, Turn
from parleyrun.store.memory_store import MemoryStore
from parleyrun.store.sqlite.sqlite_store import SqliteStore
from parleyrun.testing import VirtualTimers, rehearse

TALK = {"task_world": "parleyrun.ready:Chat", "agents_required": 2}
WITH_BOT = {
    "task_world": "parleyrun.ready:Chat",
    "roles": {"Customer": {}},
    "bots": {"Seller": {"model": "seller", "disclose": True}},
}
CONFIG = {
    "tasks": {"talk": TALK, "haggle": WITH_BOT},
    "models": {"seller": {"model": "fixed", "text": "no discount", "check": False}},
}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What a collector was sent, once the app is closed."""
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(traces_door, "make_exporter", lambda _: exporter)
    # One that is closed forgets what it has.
    monkeypatch.setattr(exporter, "shutdown", lambda: None)
    return exporter


def study(path: Path, sample: float = 1.0) -> Any:
    return rehearse({**CONFIG, "traces": {"otlp": "http://localhost:4318", "sample": sample}}, store=path)


def walk_of(spans: Sequence[ReadableSpan], root: ReadableSpan) -> list[str]:
    """Return the parts of a message's walk, in the order in which they began."""
    assert root.context is not None
    parts = [span for span in spans if span.parent is not None and span.parent.span_id == root.context.span_id]
    return [span.name for span in sorted(parts, key=lambda span: span.start_time or 0)]


def test_the_walk_of_a_message_is_one_trace_and_says_nothing_of_anybody(
    tmp_path: Path, seen: InMemorySpanExporter
) -> None:
    with study(tmp_path / "r.db") as lab:
        ann, bob = lab.people("ann", "bob")
        for person in (ann, bob):
            person.says("hi")
            person.says("talk")
        ann.says("the secret word")
        assert bob.heard[-1] == "the secret word"
    spans = seen.get_finished_spans()
    roots = [
        span for span in spans if span.parent is None and (span.attributes or {}).get("parleyrun.task") == "talk"
    ]
    (root,) = roots
    assert root.name == "message"
    assert sorted(walk_of(spans, root)) == ["commit", "deliver", "journal", "parley", "wake"]
    said = "".join(span.to_json() for span in spans)
    assert "secret" not in said
    assert "ann" not in said.replace("channel", "")


def test_a_model_that_answers_is_a_part_of_the_trace_of_what_it_answers(
    tmp_path: Path, seen: InMemorySpanExporter
) -> None:
    with study(tmp_path / "r.db") as lab:
        ann = lab.person("ann")
        ann.says("hi")
        ann.says("haggle")
        ann.says("cheaper?")
        assert "no discount" in ann.heard
    spans = seen.get_finished_spans()
    model = next(span for span in spans if span.name == "chat seller")
    assert model.attributes is not None
    assert model.attributes["gen_ai.request.model"] == "seller"
    root = next(
        span for span in spans if span.context and model.parent and span.context.span_id == model.parent.span_id
    )
    assert (root.name, (root.attributes or {})["parleyrun.task"]) == ("message", "haggle")
    assert "deliver" in walk_of(spans, root)


def test_a_model_that_fails_says_so_and_who_really_answered_is_named() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces = MessageTraces(provider.get_tracer("test"), VirtualTimers())
    about = provider.get_tracer("test").start_span("message")
    failed = ModelAnswer(model="seller", served_by="gpt-9-2026", failure="timeout", seconds=2.0)
    for answer in (None, replace(failed, noted_as=3), failed):
        traces._model(
            about, BotDecision(participant_id="run/Seller", number=1, kind="failed", at=100.0, answer=answer)
        )
    (span,) = exporter.get_finished_spans()
    assert (span.start_time, span.end_time) == (98 * 10**9, 100 * 10**9)
    assert (span.attributes or {})["gen_ai.response.model"] == "gpt-9-2026"
    assert (span.attributes or {})["error.type"] == "timeout"
    assert not span.status.is_ok


def test_of_conversations_that_are_over_nothing_more_is_told() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    store = MemoryStore(VirtualTimers())
    MessageTraces(provider.get_tracer("test"), VirtualTimers()).follow(store)
    store.open()
    run = RunIdentity("t_1", "uid-1", "talk", "Chat")
    decision = BotDecision(participant_id="run/Seller", number=1, kind="spoke", answer=ModelAnswer(model="seller"))
    store.journal(Inbound("memory:ann", "m1", "hi"), lambda receipt: None)
    store.commit(Turn(run, 1, consumed=("memory:ann#1",)), lambda delivery: None)
    store.decided(run.uid, decision)
    store.commit(Turn(run, 2, outcome=Outcome("finished")), lambda delivery: None)
    store.decided(run.uid, decision)
    assert [span.name for span in exporter.get_finished_spans()].count("chat seller") == 1


def test_of_messages_that_are_not_sampled_nothing_is_sent(tmp_path: Path, seen: InMemorySpanExporter) -> None:
    with study(tmp_path / "r.db", sample=0) as lab:
        lab.person("ann").says("hi")
    assert seen.get_finished_spans() == ()


def test_of_messages_that_nobody_reads_the_newest_are_followed() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    store = MemoryStore(VirtualTimers())
    MessageTraces(provider.get_tracer("test"), VirtualTimers()).follow(store)
    store.open()
    for number in [*range(MOST_OPEN + 3), MOST_OPEN + 2]:
        store.journal(Inbound("memory:ann", f"m{number}", "hi"), lambda receipt: None)
    ended = [span for span in exporter.get_finished_spans() if span.name == "message"]
    assert [(span.attributes or {}).get("parleyrun.refused") for span in ended] == [None, None, None, "duplicate"]


def test_without_traces_nothing_stands_around_the_store_or_the_runs(tmp_path: Path) -> None:
    with rehearse(CONFIG, store=tmp_path / "r.db") as lab:
        store, runner = lab.service._store, lab.service._runner
        assert isinstance(store, SqliteStore)
        assert not {"journal", "commit", "decided"} & vars(store).keys()
        assert runner.make_run.__name__ == "Run"


def test_a_collector_is_found_by_its_address_alone() -> None:
    def address(url: str) -> str:
        exporter: Any = traces_door.make_exporter(TracesConfig(otlp=url))
        return str(exporter._endpoint)

    assert address("http://localhost:4318") == "http://localhost:4318/v1/traces"
    assert address("https://otel.example.org/collect/v1/traces") == "https://otel.example.org/collect/v1/traces"


def test_a_missing_package_is_told_of_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with (
        pytest.raises(MissingExtra, match=r"^traces: needs the 'otel' extra: pip install"),
        study(tmp_path / "r.db"),
    ):
        pass
