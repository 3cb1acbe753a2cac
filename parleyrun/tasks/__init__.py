"""The tasks that come with parleyrun, one a file, and where their data comes from."""

from __future__ import annotations

from ..core.task_names import TASKS
from .catalogue import CATALOGUE

for _task in dict.fromkeys(entry.task for entry in CATALOGUE):
    TASKS.register_lazily(_task, f"{__name__}.{_task}", [entry for entry in CATALOGUE if entry.task == _task])
