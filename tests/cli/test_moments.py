"""Whatever shows a time shows it in one zone, and says which."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator

import pytest
from live_view_lab import counts

from parleyrun.cli.common.log_formats import JsonFormatter, TextFormatter
from parleyrun.cli.common.moments import clock, date_and_clock, exact_clock, seconds_of
from parleyrun.cli.live.live_view import LiveView
from parleyrun.store.one_line_json import timestamp

MOMENT = 1_700_000_000.25


@pytest.fixture(autouse=True)
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def record() -> logging.LogRecord:
    made = logging.LogRecord("x", logging.WARNING, __file__, 1, "look", (), None)
    made.created = MOMENT
    return made


def test_logs_transcripts_and_exports_tell_the_same_time() -> None:
    assert timestamp(MOMENT) == "2023-11-14T22:13:20.250Z"
    assert json.loads(JsonFormatter().format(record()))["time"] == timestamp(MOMENT)
    assert TextFormatter().format(record()) == "2023-11-14 22:13:20Z WARNING x: look"
    assert date_and_clock(MOMENT) == "2023-11-14 22:13:20Z"
    assert (clock(MOMENT), exact_clock(MOMENT)) == ("22:13:20Z", "22:13:20.250Z")


def test_the_live_view_tells_the_same_time_as_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveView("a study", "http://127.0.0.1", counts):
        logging.getLogger().handle(record())
    shown = capsys.readouterr().err
    assert "2023-11-14 22:13:20Z WARNING x: look" in shown
    assert "  22:13:20Z look" in shown


def test_a_moment_that_was_shown_can_be_asked_for() -> None:
    assert seconds_of("2023-11-14 22:13:20") == seconds_of(date_and_clock(MOMENT)) == int(MOMENT)
    assert seconds_of("2023-11-15T03:43:20+05:30") == int(MOMENT)
    assert seconds_of("2023-11-14") == seconds_of("2023-11-14T00:00Z")
