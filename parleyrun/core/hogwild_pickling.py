"""Finding what keeps a table of shared things from being pickled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from multiprocessing.reduction import ForkingPickler
from typing import Any

_DEEPEST = 12


def what_cannot_be_pickled(value: Any, path: str = "share()", deepest: int = _DEEPEST) -> tuple[str, Any]:
    """Return the innermost thing that cannot be pickled, with where it is: `share()['agents'][0]['model']`."""
    if deepest:
        for step, part in _parts(value):
            if not _can_be(part):
                return what_cannot_be_pickled(part, path + step, deepest - 1)
    return path, value


def _parts(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(f"[{key!r:.40}]", part) for key, part in value.items()]
    if isinstance(value, list | tuple):
        return [(f"[{index}]", part) for index, part in enumerate(value)]
    if isinstance(value, type):
        return ()
    return [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]


def _can_be(value: Any) -> bool:
    try:
        ForkingPickler.dumps(value)
    except RuntimeError:
        return True  # what processes inherit, such as a multiprocessing.Value, goes along when one is started
    except Exception:
        return False
    return True
