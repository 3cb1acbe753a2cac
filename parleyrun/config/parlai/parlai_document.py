"""A config of ParlAI's, taken as ParlAI takes it: what is wrong here and harmless there becomes a warning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...text import did_you_mean, quoted
from ..diagnostics import Findings, KeyPath, part
from ..key_table import CONFIG
from ..page_id_checks import could_be_page_id
from ..tasks.task_entries import TASK

POOL_SECONDS = 300
"""How long people wait for others where a config of ParlAI's says nothing, or 0."""

MOST_WORKERS = 1000
_ARGS = "additional_args"
_RENAMED = {"world_path": "world_module"}
_RENAMED_IN_TASKS = {"onboarding_name": "onboard_world", "task_name": "task_world"}


def as_parlai_reads(document: Mapping[Any, Any], findings: Findings) -> dict[Any, Any]:
    """Return a document of ParlAI's as a config here, with a warning for whatever of it is not taken.

    Args:
        document: What the file holds.
        findings: Has the marks of the document, and learns what is not taken.
    """
    keys, task_keys = CONFIG.names, TASK.names
    values = _renamed(document, _RENAMED, (), findings)
    for key in [key for key in values if key not in keys and not str(key).startswith("x-")]:
        _leave_out(key, (), keys, findings)
        del values[key]
    if isinstance(values.get(_ARGS), Mapping):
        values[_ARGS] = _without_page_of_nobody(values[_ARGS], (_ARGS,), findings)
    values = _without_page_of_nobody(values, (), findings)
    workers = values.get("max_workers")
    if isinstance(workers, int) and workers > MOST_WORKERS:
        message = f"max_workers is {MOST_WORKERS} here, not {workers}: it counts worlds that compute at one moment"
        findings.add("taken-otherwise", ("max_workers",), message, "people who think need none")
        values["max_workers"] = MOST_WORKERS
    tasks = values.get("tasks")
    if isinstance(tasks, Mapping):
        values["tasks"] = {
            key: _task(entry, ("tasks", part(key)), task_keys, findings) for key, entry in tasks.items()
        }
    return values


def _task(entry: Any, path: KeyPath, known: list[str], findings: Findings) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    task = _renamed(entry, _RENAMED_IN_TASKS, path, findings)
    for key in [key for key in task if key not in known]:
        _leave_out(key, path, known, findings)
        del task[key]
    for key in ("agents_required", "backup_task", "onboard_world"):
        if key in task and task[key] in (None, ""):
            del task[key]
    if "max_time_in_pool" not in task and not task.get("timeout"):
        task["timeout"] = POOL_SECONDS
    return task


def _renamed(
    values: Mapping[Any, Any], names: Mapping[str, str], path: KeyPath, findings: Findings
) -> dict[Any, Any]:
    renamed = dict(values)
    for older, newer in names.items():
        if older in renamed and newer not in renamed:
            renamed[newer] = renamed.pop(older)
            findings.marks = findings.marks.with_alias((*path, older), (*path, newer))
    return renamed


def _leave_out(key: Any, path: KeyPath, known: list[str], findings: Findings) -> None:
    message = f"nothing reads {quoted(str(key)[:80])}"
    findings.add(
        "taken-otherwise", (*path, part(key)), message, did_you_mean(str(key), known, "keys"), at_key=True
    )


def _without_page_of_nobody(values: Mapping[Any, Any], path: KeyPath, findings: Findings) -> dict[Any, Any]:
    kept = dict(values)
    page = kept.get("page_id")
    if page is None or isinstance(page, list) or could_be_page_id(str(page)):
        return kept
    del kept["page_id"]
    message = f"no Facebook page has the id {quoted(str(page)[:80])}, so Messenger is not opened"
    findings.add("taken-otherwise", (*path, "page_id"), message, "people come by the browser, or local")
    return kept
