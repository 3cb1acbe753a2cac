"""Whether Messenger can show what worlds say: a test must not pass over what it would leave out."""

from __future__ import annotations

from collections.abc import Iterable

from ..channels.messenger.composing.compose import compose
from ..events import Delivery

_MAX_SHOWN = 10


def check_showable(lines: Iterable[Delivery]) -> None:
    """Raise `AssertionError` that names what of these lines Messenger would leave out, and how to mend it."""
    found = dict.fromkeys(
        f"{line.message.text[:60]!r}: {fault}"
        for line in lines
        if not line.mine
        for fault in compose(line.message).faults
    )
    if found:
        listed = [f"- {fault}" for fault in list(found)[:_MAX_SHOWN]]
        listed += [f"- and {len(found) - _MAX_SHOWN} more"] if len(found) > _MAX_SHOWN else []
        raise AssertionError("\n".join(["Messenger cannot show all that was said:", *listed]))
