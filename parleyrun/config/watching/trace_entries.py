"""What may stand under `traces:`: where they are sent, and of how many messages."""

from __future__ import annotations

from ..kinds import Quantity, Shaped
from ..sections import Field, Section
from .watch_settings import TracesConfig

TRACES = Section(
    "traces",
    (
        Field(
            "otlp",
            Shaped(
                "an address such as http://localhost:4318, with neither a user nor a query in it",
                r"https?://[^\s/?#@]+(/[^\s?#]*)?",
                "a collector's headers belong into OTEL_EXPORTER_OTLP_HEADERS",
            ),
            "the address of a collector that speaks OTLP over HTTP",
            required=True,
        ),
        Field("sample", Quantity(0, 1), "of which share of messages there are traces"),
    ),
    TracesConfig,
)
