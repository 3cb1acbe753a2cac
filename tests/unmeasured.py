"""The environment of a program of which a test looks at what it imports: `make coverage` would import more."""

from __future__ import annotations

import os


def unmeasured() -> dict[str, str]:
    """Return this process's environment without what has coverage measure the programs that it starts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS_")}
