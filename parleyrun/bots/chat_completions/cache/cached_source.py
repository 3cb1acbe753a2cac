"""A cached source: what was asked before is answered from a folder, at once and for nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ....errors import AgentError
from ....private_files import write_private
from ..completion import Completion, TokenUsage, ToolCall
from ..completion_source import CompletionSource
from ..wrapped_source import WrappedSource

_HOW_IT_COMES = ("stream", "stream_options")


class CachedSource(WrappedSource):
    """Keeps answers of another source in files, each named after its request (`CompletionSource`). Any thread.

    An answer with pictures is not kept, as the addresses of these are not there for ever.

    Args:
        source: Makes the requests that were not made before.
        folder: Where answers are; it is made if it is not there.

    Raises:
        AgentError: There can be no such folder.
    """

    def __init__(self, source: CompletionSource, folder: Path) -> None:
        super().__init__(source)
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise AgentError(f"expected a folder for answers at {folder}: {error.strerror or error}") from error

    def complete(
        self,
        body: Mapping[str, Any],
        on_text: Callable[[str], None] | None = None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> Completion:
        """Return the answer to a request (`CompletionSource.complete`), which takes no tokens the second time."""
        path = self._folder / f"{self._name(body)}.json"
        kept = _read(path)
        if kept is not None:
            if on_text is not None and kept.text:
                on_text(kept.text)
            return kept
        completion = self._source.complete(body, on_text, is_over)
        if not completion.images:
            _write(path, completion)
        return completion

    def _name(self, body: Mapping[str, Any]) -> str:
        asked = {name: value for name, value in body.items() if name not in _HOW_IT_COMES}
        repeat = getattr(body, "repeat", 0)
        key = [self._source.described(), asked, *([repeat] if repeat else [])]
        written = json.dumps(key, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(written.encode(errors="replace")).hexdigest()


def _read(path: Path) -> Completion | None:
    try:
        kept = json.loads(path.read_bytes())
        calls = tuple(ToolCall(**call) for call in kept.pop("tool_calls"))
        return Completion(**kept, tool_calls=calls, usage=TokenUsage(cost=0.0))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise AgentError(
            f"expected an answer that was kept at {path}, got another file ({error}): delete it"
        ) from error


def _write(path: Path, completion: Completion) -> None:
    kept = asdict(replace(completion, usage=None))
    for name in ("usage", "images"):
        del kept[name]
    written = json.dumps(kept, ensure_ascii=False).encode("utf-8", "backslashreplace")
    try:
        write_private(path, written)
    except OSError as error:
        raise AgentError(f"cannot keep an answer in {path.parent}: {error.strerror or error}") from error
