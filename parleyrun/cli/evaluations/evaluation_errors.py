"""Examples that went wrong, as they are told of."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from ...evaluate.evaluation import Evaluation
from ...text import printable

MOST_TOLD = 5


def failures_as_json(found: Evaluation) -> dict[str, Any]:
    """Return the examples that went wrong, and why not all were asked, for a report; empty where all is well."""
    told: dict[str, Any] = {}
    if found.failures:
        told["errors"] = [
            {
                "task": record.key.task,
                "episode": record.key.episode + 1,
                "example": record.key.entry + 1,
                **({"repeat": record.key.repeat + 1} if record.key.repeat else {}),
                "error": record.failure.kind,
                "message": record.failure.message,
                "tries": record.failure.tries,
            }
            for record in found.failures
            if record.failure is not None
        ]
    if found.stopped:
        told["stopped"] = found.stopped
    return told


def tell_of_failures(found: Evaluation) -> None:
    """Say on standard error how many examples are in no figure, and why the first of them are not."""
    if found.stopped:
        click.echo(f"not all examples were asked: {found.stopped}", err=True)
    errors = failures_as_json(found).get("errors", [])
    if not errors:
        return
    kinds = ", ".join(f"{kind} {times}" for kind, times in Counter(each["error"] for each in errors).most_common())
    wrong = "1 example" if len(errors) == 1 else f"{len(errors):,} examples"
    click.echo(f"{wrong} went wrong, and {'is' if len(errors) == 1 else 'are'} in no figure ({kinds}):", err=True)
    for record, each in zip(found.failures, errors[:MOST_TOLD], strict=False):
        where = record.key.in_words()
        tried = f" (asked {each['tries']} times)" if each["tries"] > 1 else ""
        message = " ".join(each["message"].split())
        click.echo(printable(f"  {where}: {each['error']}: {message}{tried}"), err=True)
    if len(errors) > MOST_TOLD:
        click.echo(f"  and {len(errors) - MOST_TOLD:,} more, which --report lists", err=True)
