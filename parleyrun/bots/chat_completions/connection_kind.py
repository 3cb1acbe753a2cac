"""Kinds of connections: what differs between a server of chat completions and whatever else is asked like one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...config.diagnostics import Findings
from ...config.sections import Section
from ...errors import AgentError
from ...runner.timers import Clock
from ..opt_names import MODEL_NAME
from .completion_settings import COMPLETION_SETTINGS, CompletionSettings, key_of, settings_of_reference
from .completion_source import CompletionSource
from .completions_client import CompletionsClient
from .endpoint import endpoint_of

OpenSource = Callable[[CompletionSettings, Path, Clock], CompletionSource]
"""Called with the settings, the folder in which their files are, and the clock; raises `ValueError`."""


@dataclass(frozen=True, slots=True)
class ConnectionKind:
    """A kind of model that is asked by requests.

    Attributes:
        name: What stands at `model` of its entries.
        section: What else stands there.
        open_source: Makes what makes the requests.
        settings_of_reference: Reads the settings that stand in its name behind a colon.
    """

    name: str
    section: Section
    open_source: OpenSource
    settings_of_reference: Callable[[str], Mapping[str, str]]

    def settings_of(self, opt: Mapping[str, Any]) -> CompletionSettings:
        """Return the settings that an entry of `models:` holds.

        Raises:
            AgentError: Something is wrong with them; the message names all of it.
        """
        findings = Findings("models")
        known = set(self.section.names)
        values = {
            **self._by_reference(opt.get("model")),
            **{key: opt[key] for key in known & opt.keys() if opt[key] is not None},
        }
        checked = self.section.check(values, (), findings)
        if findings.has_errors:
            name = opt.get(MODEL_NAME) or self.name
            raise AgentError(f"model '{name}': " + "; ".join(finding.message for finding in findings.in_order()))
        return CompletionSettings(**checked)

    def _by_reference(self, model: Any) -> Mapping[str, str]:
        """Return what `chat_completions:http://localhost:11434/v1#llama3.2` says in short."""
        kind, _, reference = model.partition(":") if isinstance(model, str) else ("", "", "")
        return self.settings_of_reference(reference) if kind == self.name else {}


def _open_client(settings: CompletionSettings, folder: Path, clock: Clock) -> CompletionsClient:
    return CompletionsClient(
        endpoint_of(settings.base_url, key_of(settings, folder, os.environ)),
        clock=clock,
        connect_seconds=settings.connect_seconds,
        timeout_seconds=settings.timeout_seconds,
        headers={str(name): str(value) for name, value in settings.headers.items()},
        pool_size=settings.max_concurrency,
    )


CHAT_COMPLETIONS = ConnectionKind("chat_completions", COMPLETION_SETTINGS, _open_client, settings_of_reference)
