"""Which case of a loop a test failed with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def case(*what: object) -> Iterator[None]:
    """Add to whatever fails inside, `pytest.raises` too, which case it is about; it stands below the failure."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"case: {', '.join(repr(each)[:200] for each in what)}")
        raise
