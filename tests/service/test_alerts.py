"""Alerts: what is told of whom nobody looks after, once, with a reminder, and when it is over; on record."""

from __future__ import annotations

import http.server
import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from operator_lab import ask, go, study

from parleyrun.app.watching.alert_ways import ProgramWay, TerminalWay, Webhook, alert_ways
from parleyrun.config.watching.watch_settings import AlertsConfig
from parleyrun.core.message import FrozenDict
from parleyrun.errors import OperatorError
from parleyrun.service.alerts.alert_board import CALM_SECONDS
from parleyrun.service.alerts.alert_conditions import AlertConditions, spoken
from parleyrun.service.alerts.alert_notice import AlertNotice, AlertNotSent
from parleyrun.service.alerts.alert_reading import AlertReading
from parleyrun.service.alerts.alert_sender import PAUSES_SECONDS
from parleyrun.service.alerts.alert_watch import LOOK_SECONDS, AlertWatch
from parleyrun.web.metrics.study_collector import make_metrics

NOTICE = AlertNotice(study="S", alert="disk_below", news="began", text="the disk is full", since=1_000_000.0)


class Told:
    """A way that keeps what it was told, once it does not fail any more."""

    name = "the test"

    def __init__(self, failures: int = 0) -> None:
        self.notices: list[AlertNotice] = []
        self.tries = 0
        self.failures = failures

    def send(self, notice: AlertNotice) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise AlertNotSent("status 500")
        self.notices.append(notice)

    @property
    def news(self) -> list[tuple[str, str]]:
        return [(notice.alert, notice.news) for notice in self.notices]


def watch(lab: Any, told: Told, **settings: Any) -> AlertWatch:
    """Watch a rehearsal; looking and telling is done where the time is moved."""
    operators = lab.service.operators
    found = AlertWatch(
        AlertsConfig(**settings),
        "S",
        read=lambda: operators.read_for_alerts(5 * 10**9),
        ways=[told],
        timers=lab.timers,
        run=lambda work: work(),
    )
    found.start(operators.alerts, operators.on_desk)
    lab.settle()
    return found


def reading(now: float, **values: Any) -> AlertReading:
    return AlertReading(now=now, models=values.pop("models", FrozenDict()), **values)


def test_that_nobody_is_matched_is_told_once_with_reminders_and_when_it_is_over(tmp_path: Path) -> None:
    told = Told()
    with study(tmp_path / "r.db", tasks={"talk": {"task_world": "Chat", "agents_required": 2}}, models={}) as lab:
        watch(lab, told, nobody_matched_for=60.0, remind_after=600.0)
        go(lab, "talk", "ann")
        lab.advance(55)
        assert told.news == []
        lab.advance(LOOK_SECONDS)
        assert told.news == [("nobody_matched_for", "began")]
        assert told.notices[0].title == "ALERT S: nobody was matched for 1 minute, and 1 person waits"
        (row,) = ask(lab, "alerts").alerts
        assert (row.alert, row.is_told) == ("nobody_matched_for", True)
        lab.advance(580)
        assert len(told.news) == 1
        lab.advance(2 * LOOK_SECONDS)
        assert told.news[1:] == [("nobody_matched_for", "reminder")]
        go(lab, "talk", "bob")
        lab.advance(CALM_SECONDS + 2 * LOOK_SECONDS)
        assert told.news[2:] == [("nobody_matched_for", "over")]
        assert ask(lab, "alerts").alerts == ()
        acts = [(act.by, act.verb, act.target, act.details["news"]) for act in ask(lab, "acts").acts]
        assert acts == [
            ("parleyrun", "alert", "nobody_matched_for", news) for news in ("over", "reminder", "began")
        ]


def test_where_matching_is_paused_nobody_is_told_that_people_wait(tmp_path: Path) -> None:
    told = Told()
    with study(tmp_path / "r.db") as lab:
        watch(lab, told, nobody_matched_for=60.0)
        ask(lab, "pause", task="talk")
        go(lab, "talk", "ann")
        lab.advance(90)
        assert told.news == []


def test_a_restart_does_not_tell_again_and_does_not_take_not_knowing_for_an_end(tmp_path: Path) -> None:
    told = Told()
    errors = {"errors_above": 0, "window": 600.0}
    with study(tmp_path / "r.db") as lab:
        watch(lab, told, **errors)
        logging.getLogger("worlds").error("it broke")
        lab.advance(LOOK_SECONDS)
        assert told.news == [("errors_above", "began")]
        lab.crash()
        watch(lab, told, **errors)
        lab.advance(300)
        assert told.news == [("errors_above", "began")]
        assert [row.alert for row in ask(lab, "alerts").alerts] == ["errors_above"]
        lab.advance(300 + CALM_SECONDS)
        assert told.news[1:] == [("errors_above", "over")]


def test_what_could_not_be_told_before_the_process_ended_is_told_by_the_next(tmp_path: Path) -> None:
    silent, told = Told(failures=100), Told()
    with study(tmp_path / "r.db") as lab:
        watch(lab, silent, disk_below=10**10)
        lab.advance(LOOK_SECONDS)
        assert [row.is_told for row in ask(lab, "alerts").alerts] == [False]
        lab.crash()
        watch(lab, told, disk_below=10**10)
        lab.settle()
        assert told.news == [("disk_below", "began")]
        assert told.notices[0].text == "5.00 GB are free for the record: less than 10.00 GB"


def test_a_way_that_fails_is_tried_again_with_growing_pauses_and_given_up_in_the_end(caplog: Any) -> None:
    with study() as lab:
        failing = Told(failures=2)
        watch(lab, failing, cost_above=10.0)
        assert ask(lab, "alarm").told == 1
        assert failing.tries == 1
        lab.advance(PAUSES_SECONDS[0])
        assert failing.tries == 2
        lab.advance(PAUSES_SECONDS[1])
        assert failing.news == [("test", "test")]
        assert "could not tell of test (status 500): again in 5 s" in caplog.text
        failing.failures = 1000
        ask(lab, "alarm")
        lab.advance(sum(PAUSES_SECONDS))
        assert failing.tries == 3 + 1 + len(PAUSES_SECONDS)
        assert "given up" in caplog.text


def test_an_app_looks_and_tells_on_a_thread_of_its_own(tmp_path: Path, caplog: Any) -> None:
    with study(tmp_path / "r.db", alerts={"disk_below": "999999TB", "cost_above": 1}) as lab:
        door = lab.app._alerts
        for _ in range(2):  # what the desk makes of a look is told on the thread again
            door.queue.wait_idle()
            lab.settle()
        door.queue.wait_idle()
        lab.settle()
        found = ask(lab, "alerts")
        assert [(row.alert, row.is_told) for row in found.alerts] == [("disk_below", True)]
        assert (found.watched, found.ways) == (("cost_above", "disk_below"), ("the terminal",))
        metrics = make_metrics(lab.service.operators, lab.service.counts)().decode()
        assert 'parleyrun_alerts_open{condition="disk_below"} 1.0' in metrics
        assert 'parleyrun_alerts_open{condition="cost_above"} 0.0' in metrics
    assert "are free for the record" in caplog.text


def test_without_alerts_in_the_config_there_is_nothing_to_test() -> None:
    with study() as lab:
        with pytest.raises(OperatorError, match=r"the config has no alerts:"):
            ask(lab, "alarm")
        assert ask(lab, "alerts").watched == ()


def test_a_share_of_drop_outs_counts_what_ended_within_the_window() -> None:
    conditions = AlertConditions(AlertsConfig(dropped_out_above=0.3, window=600.0), 0.0)
    assert conditions.look(reading(0, over=100, dropped=90)) == {}
    assert conditions.look(reading(60, over=104, dropped=94)) == {}  # too few to say anything
    found = conditions.look(reading(120, over=110, dropped=94))
    text = "people dropped out of 4 of 10 conversations that ended within 10 minutes: more than 30%"
    assert found == {"dropped_out_above": text}
    assert conditions.look(reading(719, over=120, dropped=94)) == {}
    assert conditions.look(reading(780, over=125, dropped=99)) == {
        "dropped_out_above": text.replace("4 of 10", "5 of 15")
    }
    assert not conditions.is_known("dropped_out_above", 599)
    assert conditions.is_known("dropped_out_above", 600)
    assert conditions.is_known("disk_below", 0)


def test_models_cost_and_disk_are_told_of_by_what_they_are() -> None:
    models = FrozenDict({"seller": "no answer from localhost", "judge": "401"})
    all_of_them = AlertConditions(AlertsConfig(model_down=(), cost_above=20.0), 0.0)
    found = all_of_them.look(reading(0, models=models, cost=20.5))
    assert list(found) == ["cost_above", "model_down seller", "model_down judge"]
    assert found["cost_above"] == "models cost 20.50 so far: more than 20"
    one = AlertConditions(AlertsConfig(model_down=("judge",), disk_below=10**9), 0.0)
    assert list(one.look(reading(0, models=models, free_bytes=None))) == ["model_down judge"]
    assert [spoken(seconds) for seconds in (60, 90, 600, 3600, 14_400)] == [
        "1 minute",
        "90 seconds",
        "10 minutes",
        "1 hour",
        "4 hours",
    ]


@contextmanager
def hook(status: int) -> Iterator[tuple[str, list[Any]]]:
    """A webhook on this machine, and what it was told."""
    bodies: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/secret-path", bodies
        finally:
            server.shutdown()
            thread.join()


def test_a_webhook_is_told_as_chats_read_it_and_its_address_is_in_no_message() -> None:
    with hook(200) as (url, bodies):
        Webhook(url).send(NOTICE)
    assert bodies[0]["text"] == bodies[0]["content"] == "ALERT S: the disk is full"
    assert (bodies[0]["news"], bodies[0]["since"]) == ("began", "1970-01-12T13:46:40+00:00")
    with hook(500) as (url, _), pytest.raises(AlertNotSent, match=r"^it answered with status 500$"):
        Webhook(url).send(NOTICE)
    with pytest.raises(AlertNotSent) as nobody:
        Webhook(url).send(NOTICE)
    assert str(nobody.value) == "ConnectionError"
    assert "secret-path" not in repr(AlertsConfig(webhook=url))


@pytest.mark.process
def test_a_program_is_told_on_its_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "mail"
    script = f"import sys; open({str(file)!r}, 'w').write(sys.stdin.read())"
    ProgramWay([sys.executable, "-c", script]).send(NOTICE)
    assert file.read_text() == "ALERT S: the disk is full\n\nAlert: disk_below\nSince: 1970-01-12T13:46:40+00:00\n"
    with pytest.raises(AlertNotSent, match=r"^it ended with exit code 3: no such address$"):
        ProgramWay([sys.executable, "-c", "import sys; sys.stderr.write('no such address'); sys.exit(3)"]).send(
            NOTICE
        )
    with pytest.raises(AlertNotSent, match=r"^it cannot be run: No such file or directory$"):
        ProgramWay([str(tmp_path / "nothing")]).send(NOTICE)


def test_the_terminal_is_told_where_there_is_no_other_way(caplog: Any) -> None:
    (way,) = alert_ways(AlertsConfig(cost_above=1.0))
    assert isinstance(way, TerminalWay)
    way.send(NOTICE)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "ALERT S: the disk is full")
    ]
    ways = alert_ways(AlertsConfig(cost_above=1.0, webhook="https://x", command=("mail",), terminal=True))
    assert [each.name for each in ways] == ["the webhook", "the command", "the terminal"]
