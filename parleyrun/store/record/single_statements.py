"""Scripts of SQL, a statement at a time."""

from __future__ import annotations

from functools import cache


@cache  # scripts are constants of the code, and each store that is made asks for the same
def statements(script: str) -> tuple[str, ...]:
    """Return the single statements of a script; none of them may hold a semicolon of its own.

    Unlike `executescript`, executing them one by one leaves the transaction that is under way alone.
    """
    without_comments = "\n".join(line.partition("--")[0] for line in script.splitlines())
    return tuple(statement for part in without_comments.split(";") if (statement := part.strip()))
