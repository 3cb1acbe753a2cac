"""Where traces of messages go, where a config has that."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...config.schema import Config
from ...config.watching.watch_settings import TracesConfig
from ...errors import MissingExtra
from ...runner.runner import Runner, RunnerMaker, WatchedRun
from ...runner.timers import Clock
from ...store.protocol import Store

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

    from .message_traces import MessageTraces

EXPORT_SECONDS = 5.0
"""How long a collector has to take some spans."""

_PATH = "/v1/traces"


@dataclass(frozen=True, slots=True)
class TracesDoor:
    """Follows messages, and sends what it saw in batches, on a thread of its own."""

    traces: MessageTraces
    provider: TracerProvider

    def maker(self, make: RunnerMaker) -> RunnerMaker:
        """Return what makes a runner whose runs say when they get a slot."""
        return partial(_watched, make, self.traces)

    def close(self) -> None:
        """Send what was seen so far, and end."""
        self.provider.shutdown()


def make_traces_door(config: Config, store: Store, clock: Clock) -> TracesDoor | None:
    """Have messages followed from here on; None where the config does not ask for it, and nothing is touched then.

    Args:
        config: What says so.
        store: What messages pass.
        clock: What time it is.

    Raises:
        MissingExtra: The packages for it are not installed.
    """
    if config.traces is None:
        return None
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        exporter = make_exporter(config.traces)
    except ImportError as error:
        raise MissingExtra("traces:", "otel") from error
    from .message_traces import MessageTraces

    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(config.traces.sample)),
        resource=Resource.create({"service.name": "parleyrun", "parleyrun.study": config.task_name}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    traces = MessageTraces(provider.get_tracer("parleyrun"), clock)
    traces.follow(store)
    return TracesDoor(traces, provider)


def make_exporter(settings: TracesConfig) -> SpanExporter:
    """Return what sends spans to a config's collector. Raises `ImportError`."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    bare = urlsplit(settings.otlp).path in ("", "/")
    address = settings.otlp.rstrip("/") + _PATH if bare else settings.otlp
    return OTLPSpanExporter(endpoint=address, timeout=EXPORT_SECONDS)


def _watched(make: RunnerMaker, traces: MessageTraces, **means: Any) -> Runner:
    runner = make(**means)
    runner.make_run = partial(WatchedRun, traces.woken)
    return runner
