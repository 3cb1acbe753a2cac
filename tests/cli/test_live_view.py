"""The live view fits the terminal, whatever its width, and counts conversations."""

from __future__ import annotations

import pytest
from live_view_lab import counts

from parleyrun.app.doors import DoorFigures
from parleyrun.cli.live.live_view import LiveView
from parleyrun.core.bot_seats.model_source import ModelFigures
from parleyrun.service.counts import ConversationCounts, Counts, fullness
from parleyrun.service.holding import HeldRun

URL = "http://127.0.0.1:8765"
LONG_TASK = "negotiation-about-a-house-and-a-garden-in-four-rounds-with-hints"
TROUBLE = "the store /home/somebody/studies/negotiation/second-round.db cannot record: the disk is full"
DOORS = [
    DoorFigures(name="browser", where=URL),
    DoorFigures(
        name="messenger",
        where=f"{URL}/webhook",
        sends_by_itself=True,
        waiting_lines=1200,
        unreachable=[
            ("messenger:104200000000042:1234567890123456", "the page has no permission to send any more")
        ],
    ),
]


def busy_afternoon() -> Counts:
    return counts(
        places={"door": 12, "overworld": 1200, "onboarding": 17, "waiting": 40, "task": 1300},
        waiting={LONG_TASK: 40},
        in_task={LONG_TASK: 1300},
        away=120,
        conversations=ConversationCounts(
            now=650, finished=12000, ended={"left": 1203, "timed out": 120, "stopped": 30, "failed": 3}
        ),
        runs_ended={"finished": 99999, "failed": 3},
        messages_per_minute=12000,
        full={"threads": fullness(1800, 2000), "browser": fullness(12000, 20000)},
        busy=True,
        refused=1200,
        held_runs=1,
        held=(
            HeldRun(run="chat/t_1", task="chat", people=2, reason="there is no task 'chat' in the config " * 3),
        ),
    )


def drawn(
    figures: Counts, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Return what is on a terminal of that width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.delenv("NO_COLOR", raising=False)
    with LiveView(
        "A study of negotiation, the second round", URL, lambda: figures, lambda: DOORS, lambda: TROUBLE
    ):
        pass
    return capsys.readouterr().err


@pytest.mark.parametrize("columns", [80, 200])
def test_no_row_is_wider_than_the_terminal_and_no_figure_is_torn_apart(columns, monkeypatch, capsys) -> None:
    view = drawn(busy_afternoon(), columns, monkeypatch, capsys)
    assert max(map(len, view.splitlines())) <= columns
    for figure in (
        "conversations now 650", "finished 12000", "left 1203", "stopped 30", "timed out 120", "failed 3",
        "people 2569", "away 120", "messages/min 12000", "threads 1800 of 2000 (90 %)", "refused 1200",
        "browser 12000 of 20000 (60 %)", "door 12", "waiting 40", "in conversation 1300",
        f"messenger {URL}/webhook", "to be sent 1200", "cannot be reached 1", URL,
    ):  # fmt: skip
        assert any(figure in row for row in view.splitlines()), figure
    (task,) = [row for row in view.splitlines() if "negotiation-about" in row]
    assert task.split()[-3:] == ["40", "1300", "│"]


def test_where_there_is_room_all_of_a_row_stands_in_one(monkeypatch, capsys) -> None:
    view = drawn(busy_afternoon(), 200, monkeypatch, capsys)
    assert "conversations now 650   finished 12000   left 1203   stopped 30   timed out 120   failed 3 " in view
    assert LONG_TASK in view


def test_lobbies_are_no_conversations(monkeypatch, capsys) -> None:
    figures = counts(runs_started=500, runs_ended={"finished": 400})
    view = drawn(figures, 80, monkeypatch, capsys)
    assert "conversations now 0   finished 0   failed 0 " in view
    assert "500" not in view
    assert "400" not in view


def test_each_model_has_a_row_and_what_keeps_it_from_answering(monkeypatch, capsys) -> None:
    well = ModelFigures(name="seller", answers=12, prompt_tokens=900, completion_tokens=100, cost=1.5)
    ill = ModelFigures(
        name="guard",
        answers=3,
        failures={"rate limit": 2, "cut off": 1},
        trouble="it rests after 5 failures in a row",
    )
    monkeypatch.setenv("COLUMNS", "100")
    with LiveView("a study", URL, counts, models=lambda: [well, ill]):
        pass
    view = capsys.readouterr().err
    assert "model seller: answered 12   failed 0   tokens 1000   cost 1.50 " in view
    assert "model guard: answered 3   failed 3 (cut off 1, rate limit 2)   tokens 0 " in view
    assert "it rests after 5 failures in a row" in view
