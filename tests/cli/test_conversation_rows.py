"""Conversations in rows, and the log's lines of threads that have died."""

from __future__ import annotations

import json
import logging
import threading

from parleyrun.archive.tables.table_column import kind_of
from parleyrun.cli.common.conversation_rows import lasting
from parleyrun.cli.common.log_formats import JsonFormatter, TextFormatter, _log_dead_thread
from parleyrun.single_page.page_parts import lasting as lasting_on_a_page
from parleyrun.single_page.page_parts import number


def test_stretches_of_time_have_the_one_or_two_units_that_say_most() -> None:
    assert [lasting(seconds) for seconds in (-1, 42, 180, 7500)] == ["0 s", "42 s", "3 min", "2 h 5 min"]
    assert [lasting_on_a_page(seconds) for seconds in (9, 61, 7500)] == ["9 s", "1 min 1 s", "2 h 5 min"]
    assert number(None) == "–"


def test_a_thread_that_dies_is_in_the_log_with_its_name_and_why(caplog) -> None:
    def dies(kind: type[BaseException], value: BaseException | None, name: str | None) -> None:
        thread = None if name is None else threading.Thread(name=name)
        _log_dead_thread(threading.ExceptHookArgs((kind, value, None, thread)))

    with caplog.at_level(logging.ERROR):
        dies(SystemExit, SystemExit(), "leaves on purpose")
        dies(KeyError, KeyError("key"), "desk")
        dies(ValueError, None, None)
    assert [record.getMessage() for record in caplog.records] == [
        "desk ended by KeyError",
        "a thread ended by ValueError",
    ]
    assert "KeyError: 'key'" in TextFormatter().format(caplog.records[0])


def test_where_a_line_was_written_is_an_entry_of_its_own() -> None:
    record = logging.makeLogRecord(
        {"msg": "here", "levelname": "INFO", "name": "parleyrun", "stack_info": "Stack"}
    )
    assert json.loads(JsonFormatter().format(record))["stack"] == "Stack"


def test_columns_have_the_kind_of_their_values() -> None:
    assert [kind_of(value) for value in (True, 1, 1.5, [1], {}, "a", None)] == [
        "boolean",
        "integer",
        "number",
        "json",
        "json",
        "text",
        "text",
    ]
