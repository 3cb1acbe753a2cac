"""Options that anybody may change: what worlds see that were written for ParlAI."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..private_files import write_private


class OpenOpt(dict[str, Any]):
    """Options that worlds written for ParlAI see: one dict for all of them, which anybody may change.

    What changes it is not on record: after a restart it holds what the config and `module_initialize` put in.
    """

    def fork(self, **changes: Any) -> OpenOpt:
        """Return a copy that differs in these options."""
        return OpenOpt({**self, **changes})

    def save(self, filename: str) -> None:
        """Write the options to a file, as JSON. What JSON has no form for is left out."""
        import json  # only where options are written or read

        write_private(Path(filename), json.dumps(_as_json(self), indent=2))

    @classmethod
    def load(cls, filename: str) -> OpenOpt:
        """Return the options of a file that `save` wrote."""
        import json  # as above

        return cls(json.loads(Path(filename).read_text(encoding="utf-8")))

    def display_deepcopies(self) -> str:
        """Say how often it was copied, which is not counted here."""
        return "Copies of opt are not counted here."


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_json(item) for key, item in value.items() if _has_form(item)}
    return [_as_json(item) for item in value if _has_form(item)] if isinstance(value, list | tuple) else value


def _has_form(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | Mapping | list | tuple)
