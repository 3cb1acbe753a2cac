"""What these tests share: projects that were written for ParlAI, and an interpreter left as it was found."""

from __future__ import annotations

import pytest
from written_projects import Write, imports_are_forgotten, write

__all__ = ["imports_are_forgotten", "write"]


@pytest.fixture
def checkout(write: Write) -> Write:
    """Return the same in a folder that has a `parlai` package in it which cannot be imported."""
    for package in ("", "core", "utils", "agents", "chat_service", "chat_service/tasks", "messenger", "tasks"):
        write(f"parlai/{package}/__init__.py", "import a_package_that_nobody_has\n")
    for module in ("core/worlds", "core/agents", "utils/misc", "agents/transformer/transformer"):
        write(f"parlai/{module}.py", "import another_package_that_nobody_has\n")
    write("parlai/chat_service/tasks/__init__.py", "")
    write("parlai/tasks/__init__.py", "")
    return write
