"""Money: whole pence or cents everywhere, and amounts such as 1.50 only where people read or write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")


def to_cents(amount: str) -> int:
    """Return an amount such as `1.50`, `1.5` or `2` in pence or cents.

    Raises:
        ValueError: It is none, or is in parts of a penny; the message says what was expected.
    """
    found = _AMOUNT.fullmatch(amount.strip())
    if found is None:
        raise ValueError(f"expected an amount such as 1.50, got {amount.strip()[:40]!r}")
    whole, part = found.groups()
    return int(whole) * 100 + int((part or "").ljust(2, "0"))


def as_amount(cents: int) -> str:
    """Return pence or cents as an amount such as `1.50`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def pay_for_waiting(seconds: float, per_minute: float) -> int:
    """Return what somebody is owed for waiting, in pence or cents, rounded to the nearest one.

    Args:
        seconds: How long they waited.
        per_minute: What a minute is paid with, as an amount: 0.15 is 15 pence or cents.
    """
    # By the decimals that were written: in binary, 0.15 is a little less than itself.
    owed = Decimal(str(per_minute)) * 100 * Decimal(str(round(seconds, 3))) / 60
    return int(owed.quantize(Decimal(1), ROUND_HALF_UP))
