"""Forms that worlds ask of people: on a page, question by question, with time limits, and over a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun import BotAgent, Form, FormResult, World, create_agent
from parleyrun.errors import AgentError
from parleyrun.events import RefusalReason
from parleyrun.testing import Person, Rehearsal, rehearse, rehearse_world

FIELDS = {
    "glad": {"kind": "scale", "ask": "How glad?", "from": 1, "to": 7},
    "why": {"kind": "text", "ask": "Why?", "required": False},
}
RATING = Form.from_mapping({"fields": FIELDS}, "rating")
CONSENT = Form.from_mapping(
    {"fields": {"agree": {"kind": "yes_no", "ask": "Agree?", "decline": [False]}}}, "consent"
)
THANKS = "Thank you. These were all the questions."


class Asks(World):
    """Asks its people one form, each at their own pace, and says what came of it."""

    form = RATING
    timeout: float | None = None

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.results: list[FormResult | None] = [None for _ in agents]

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Asks(opt, agents)

    def parley(self) -> None:
        for index, agent in enumerate(self.agents):
            if self.results[index] is None:
                result = self.results[index] = agent.ask(self.form, self.timeout)
                if result is not None:
                    agent.observe(
                        {"text": f"{result.status}{result.outcome and ' ' + result.outcome}: {dict(result)}"}
                    )

    def episode_done(self) -> bool:
        return None not in self.results


class Hurried(Asks):
    timeout = 60.0

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Hurried(opt, agents)


class AsksConsent(Asks):
    form = CONSENT

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return AsksConsent(opt, agents)


class Waits(World):
    """Asks two forms one after the other, inside one parley, and says what came of them."""

    done = False
    timeout: float | None = None

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Waits(opt, agents)

    def parley(self) -> None:
        person = self.agents[0]
        first = person.ask_blocking(CONSENT)
        person.observe({"text": f"agreed: {first['agree']}"})
        second = None
        while second is None:
            second = person.ask(RATING)
        person.observe({"text": f"{second.status}: {dict(second)}"})
        self.done = True

    def episode_done(self) -> bool:
        return self.done


class WaitsHurried(World):
    done = False

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return WaitsHurried(opt, agents)

    def parley(self) -> None:
        result = self.agents[0].ask_blocking(RATING, timeout=60)
        self.agents[0].observe({"text": f"{result.status}: {dict(result)}"})
        self.done = True

    def episode_done(self) -> bool:
        return self.done


class Talks(World):
    """Hears what is said while a form is open, and says it."""

    done = False

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Talks(opt, agents)

    def parley(self) -> None:
        person = self.agents[0]
        act = person.act()
        if act is not None:
            person.observe({"text": f"heard {act['text']!r} {act.get('payload')}"})
        result = person.ask(RATING)
        if result is not None:
            person.observe({"text": f"{result.status}: {dict(result)}"})
            person.act_blocking()
            self.done = True

    def episode_done(self) -> bool:
        return self.done


def ann_of(rehearsal: Rehearsal, *, forms: bool) -> Person:
    """Return the one person, who has come to a screen that can show forms, or to one that cannot."""
    ann = rehearsal.person("ann")
    ann.arrives(forms=forms, opens=True)
    return ann


def alone(world: type[World], store: Path | None = None, **more: Any) -> Rehearsal:
    """Return a rehearsal of a world for one person, whom an overworld sends there at once."""
    values = {"overworld": "Straight", "tasks": {"task": {"task_world": "TheWorld"}}, **more}
    return rehearse(values, SimpleNamespace(Straight=Straight, TheWorld=world), store=store)


class Straight(World):
    def parley(self) -> str | None:
        known = self.agents[0].data
        if known.get("sent"):
            return "EXIT"
        known["sent"] = True
        return "task"


def test_a_form_is_shown_on_a_page_and_its_answers_come_back_typed():
    with alone(Asks) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        assert [field["name"] for field in ann.form["pages"][0]["fields"]] == ["glad", "why"]

        assert ann.fills({"glad": 9}) == {"glad": "Please enter a number from 1 to 7."}
        assert ann.fills({"glad": "6", "why": " so "}) == {}

        ann.sees("done: {'glad': 6, 'why': 'so'}")
        states = [line.message.payload for line in ann.lines if line.message.payload and not line.mine]
        assert [payload["status"] for payload in states[1:]] == ["open", "done"]


def test_a_form_is_asked_in_words_where_no_page_shows_it():
    with alone(Asks) as rehearsal:
        ann = ann_of(rehearsal, forms=False)
        assert ann.form is None
        ann.sees("(1/2) How glad?")
        ann.says("eight")
        ann.sees("Please enter a number from 1 to 7.")
        ann.says("7")
        assert ann.sees("(2/2) Why?").message.quick_replies == ("/skip", "/back")
        ann.says("it was nice")
        ann.sees(THANKS)
        ann.sees("done: {'glad': 7, 'why': 'it was nice'}")


@pytest.mark.parametrize("forms", [True, False])
def test_a_world_may_wait_inside_a_parley(forms: bool):
    with alone(Waits) as rehearsal:
        ann = ann_of(rehearsal, forms=forms)
        _answer(ann, forms, {"agree": True}, "yes")
        ann.sees("agreed: True")
        _answer(ann, forms, {"glad": 3}, "3", "/skip")
        ann.sees("done: {'glad': 3, 'why': None}")


def _answer(person: Person, forms: bool, answers: dict[str, Any], *words: str) -> None:
    if forms:
        assert person.fills(answers) == {}
    else:
        for each in words:
            person.says(each)


def test_who_declines_ends_the_form_and_the_world_knows():
    with alone(AsksConsent) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.fills({"agree": False})
        ann.sees("declined declined: {'agree': False}")


def test_people_fill_in_the_same_form_at_the_same_time():
    with rehearse_world(Asks, ["ann", "bob"]) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.sees("How glad?")
        bob.sees("How glad?")
        bob.says("2")
        bob.says("/skip")
        bob.sees("done: {'glad': 2")
        ann.says("5")
        ann.says("/skip")
        ann.sees("done: {'glad': 5")


@pytest.mark.parametrize("world", [Hurried, WaitsHurried])
@pytest.mark.parametrize("forms", [True, False])
def test_when_the_time_is_up_what_was_answered_is_there(world: type[World], forms: bool):
    with alone(world) as rehearsal:
        ann = ann_of(rehearsal, forms=forms)
        if forms:
            ann.fills({"glad": 4}, done=False)
        else:
            ann.says("4")
        rehearsal.advance(59)
        assert not any("timed_out" in text for text in ann.heard)
        rehearsal.advance(2)
        ann.sees("timed_out: {'glad': 4, 'why': None}")


@pytest.mark.parametrize("forms", [True, False])
def test_who_goes_for_good_leaves_what_was_answered(forms: bool):
    class Noted(Asks):
        @staticmethod
        def generate_world(opt: Any, agents: Any) -> World:
            return Noted(opt, agents)

        def shutdown(self) -> None:
            noted.append(self.results[0])

    noted: list[Any] = []
    with alone(Noted, disconnect_grace=10) as rehearsal:
        ann = ann_of(rehearsal, forms=forms)
        if forms:
            ann.fills({"glad": 4}, done=False)
        else:
            ann.says("4")
        ann.goes_away()
        rehearsal.advance(11)
        assert noted == [{"glad": 4, "why": None}]
        assert noted[0].status == "left"


def test_what_is_written_beside_a_form_on_a_page_is_for_the_world_to_hear():
    with alone(Talks) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.says("hello")
        ann.sees("heard 'hello' None")
        ann.fills({"glad": 4}, done=False)
        ann.says("still here")
        ann.sees("heard 'still here' None")
        ann.fills({"glad": 5})
        ann.sees("done: {'glad': 5")
        assert [text for text in ann.heard if text.startswith("heard")] == [
            "heard 'hello' None",
            "heard 'still here' None",
        ]


def test_answers_that_come_too_late_or_twice_are_nobodys_words():
    with alone(Talks) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.fills({"glad": 5})
        ann.sees("done: {'glad': 5")
        ann.fills({"glad": 6})  # a second tab, or a second press of the button
        ann.sees_nothing_new()
        assert ann.place == "task"
        ann.says("and on")
        assert ann.place == "gone"


def test_answers_to_another_form_change_nothing():
    with alone(Asks) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        number = ann.form["number"]
        for form, its in (("rating", number + 1), ("consent", number), ("rating", None)):
            answers = {"type": "answers", "form": form, "number": its, "answers": {"glad": 1}, "done": True}
            ann.news()
            ann.says("", payload=answers)
            ann.sees_nothing_new()
        ann.fills({"glad": 2})
        ann.sees("done: {'glad': 2")


def test_every_form_that_somebody_is_shown_has_a_number_of_its_own():
    with alone(Waits) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        first = ann.form["number"]
        ann.fills({"agree": True})
        assert ann.form["number"] != first


def test_a_form_outside_of_a_conversation_is_refused():
    with alone(Asks) as rehearsal:
        ann = rehearsal.person("ann").arrives(forms=True)
        answers = {"type": "answers", "form": "rating", "number": 1, "answers": {}}
        assert ann.says("", payload=answers).refused is RefusalReason.NO_FORM


def test_answers_that_are_too_long_are_refused_and_the_form_stays():
    with alone(Asks, limits={"text_bytes": 300}) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        which = {"type": "answers", "form": "rating", "number": ann.form["number"]}
        refused = ann.says("", payload={**which, "answers": {"why": "x" * 300}, "done": True}).refused
        assert refused is RefusalReason.TOO_LONG
        ann.fills({"glad": 1})
        ann.sees("done: {'glad': 1")


def test_what_somebody_answers_counts_as_stored_of_them():
    limits = {"stored_bytes_per_participant": 2_000, "text_bytes": 1_000}
    with alone(Asks, limits=limits) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        which = {"type": "answers", "form": "rating", "number": ann.form["number"]}
        told = [ann.says("", payload={**which, "answers": {"why": "x" * 800}}).refused for _ in range(4)]
        assert told == [None, None, RefusalReason.SAID_ENOUGH, RefusalReason.SAID_ENOUGH]


class Ends(Asks):
    """Ends once somebody says so, whatever is open."""

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Ends(opt, agents)

    def parley(self) -> None:
        super().parley()
        self.over = any(agent.act() is not None for agent in self.agents)

    def episode_done(self) -> bool:
        return self.over


def record_of(person: Person) -> tuple[str, Any]:
    """Return the text of the last line of their newest form, and what is known of that form."""
    line = next(line for line in reversed(person.lines) if "form_record" in line.message.extra)
    return line.message.text, line.message.extra["form_record"]


def test_a_form_in_words_that_is_open_when_its_conversation_ends_is_closed_and_on_record():
    with rehearse_world(Ends, ["ann", "bob"]) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.says("5")
        for words in ("4", "/skip", "that is all"):
            bob.says(words)
        text, record = record_of(ann)
        assert (record["status"], record["answers"]) == ("closed", {"glad": 5, "why": None})
        assert text == "Thank you. There is nothing more to answer here."


def test_a_form_on_a_page_that_is_open_when_its_conversation_ends_is_closed_and_on_record():
    with alone(Ends) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.fills({"glad": 5}, done=False)
        ann.says("that is all")
        assert record_of(ann)[1]["answers"] == {"glad": 5, "why": None}
        states = [
            line.message.payload["status"] for line in ann.lines if (line.message.payload or {}).get("status")
        ]
        assert states == ["closed"]


def test_what_is_known_of_a_form_is_in_its_last_line_and_shown_to_nobody():
    with alone(Asks) as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        assert ann.form is not None
        which = {"type": "answers", "form": "rating", "number": ann.form["number"]}
        rehearsal.advance(5)
        ann.says(
            "", payload={**which, "answers": {"glad": 3}, "times": {"glad": {"shown": 4_000, "touched": 900}}}
        )
        rehearsal.advance(1)
        ann.fills({})
        record = record_of(ann)[1]
        now = round(rehearsal.timers.time() * 1_000)
        assert record["answers"] == {"glad": 3, "why": None}
        assert record["status"] == "done"
        assert record["times"]["glad"] == {
            "shown": now - 5_000,
            "touched": now - 1_900,
            "changed": now - 1_000,
            "answered": now,
        }
        assert not any("form_record" in (line.message.payload or {}) for line in ann.lines)


def test_a_form_is_not_looked_at_before_it_is_delivered():
    looked: list[str] = []

    def before_delivery(message: Any, seat: Any) -> None:
        looked.append(message["text"])

    worlds = SimpleNamespace(Straight=Straight, TheWorld=Asks, before_delivery=before_delivery)
    with rehearse({"overworld": "Straight", "tasks": {"task": {"task_world": "TheWorld"}}}, worlds) as rehearsal:
        ann = ann_of(rehearsal, forms=False)
        ann.says("4")
        ann.says("/skip")
        assert looked == ["done: {'glad': 4, 'why': None}"]


def test_another_form_is_not_asked_while_one_is_open():
    class Both(World):
        @staticmethod
        def generate_world(opt: Any, agents: Any) -> World:
            return Both(opt, agents)

        def parley(self) -> None:
            self.agents[0].ask(RATING)
            try:
                self.agents[0].ask(CONSENT)
            except Exception as error:
                said.append(str(error))
                raise

    said: list[str] = []
    with alone(Both) as rehearsal:
        ann_of(rehearsal, forms=True)
        assert said == [
            "expected the form 'rating' to be over before memory:ann is asked 'consent': "
            "go on with ask() until it returns something"
        ]


def test_a_bot_fills_in_no_form():
    bot = BotAgent(create_agent({"model": "repeat_query"}))
    for ask in (bot.ask, bot.ask_blocking):
        with pytest.raises(AgentError, match="expected a person to ask the form 'rating', got the bot"):
            ask(RATING)


def test_sentences_of_forms_are_in_the_language_of_the_config():
    with alone(AsksConsent, language="de") as rehearsal:
        ann = ann_of(rehearsal, forms=False)
        assert ann.sees("Agree?").message.quick_replies == ("Ja", "Nein")
        ann.says("maybe")
        ann.sees("Bitte wählen Sie eine Antwort aus.")
        ann.says("ja")
        ann.sees("done: {'agree': True}")


Steps = list[Callable[[Person], Any]]

ON_PAGE: Steps = [
    lambda ann: ann.fills({"agree": True}, done=False),
    lambda ann: ann.fills({}),
    lambda ann: ann.fills({"glad": 9}),
    lambda ann: ann.fills({"glad": 3}, done=False),
    lambda ann: ann.fills({"why": "so"}),
]
IN_WORDS: Steps = [
    lambda ann: ann.says("perhaps"),
    lambda ann: ann.says("yes"),
    lambda ann: ann.says("9"),
    lambda ann: ann.says("4"),
    lambda ann: ann.says("/back"),
    lambda ann: ann.says("3"),
    lambda ann: ann.says("so"),
]


def seen(world: type[World], forms: bool, store: Path, kill_before: int | None) -> list[tuple[str, Any]]:
    """Return what somebody is shown who fills in forms, where the service is killed before one of the steps."""
    with alone(world, store=store) as rehearsal:
        ann = ann_of(rehearsal, forms=forms)
        for number, step in enumerate(ON_PAGE if forms else IN_WORDS):
            if number == kill_before:
                rehearsal.crash(down_seconds=100)
            step(ann)
        return [(line.message.text, line.message.payload) for line in ann.lines if not line.mine]


class Both(World):
    """Asks two forms one after the other, over several parleys."""

    agreed: FormResult | None = None
    rated: FormResult | None = None

    @staticmethod
    def generate_world(opt: Any, agents: Any) -> World:
        return Both(opt, agents)

    def parley(self) -> None:
        person = self.agents[0]
        if self.agreed is None:
            self.agreed = person.ask(CONSENT)
            if self.agreed is not None:
                person.observe({"text": f"agreed: {self.agreed['agree']} {self.agreed.status}"})
        if self.agreed is not None and self.rated is None:
            self.rated = person.ask(RATING)
            if self.rated is not None:
                person.observe({"text": f"{self.rated.status}: {dict(self.rated)}"})

    def episode_done(self) -> bool:
        return self.rated is not None


@pytest.mark.parametrize(
    ("world", "forms"),
    [
        (Both, True),
        (Waits, False),
        *(
            pytest.param(world, forms, marks=pytest.mark.thorough)
            for world, forms in ((Both, False), (Waits, True))
        ),
    ],
)
def test_killed_before_any_step_a_form_goes_on_as_if_nothing_had_been(
    world: type[World], forms: bool, tmp_path: Path
):
    def without_numbers(lines: list[tuple[str, Any]]) -> list[Any]:
        return [
            (text, payload and payload["type"], payload and dict(payload).get("errors")) for text, payload in lines
        ]

    expected = without_numbers(seen(world, forms, tmp_path / "whole.db", None))
    assert any("done: {'glad': 3, 'why': 'so'}" in text for text, *_ in expected)
    for number in range(len(ON_PAGE if forms else IN_WORDS)):
        told = without_numbers(seen(world, forms, tmp_path / f"{number}.db", number))
        assert told == expected, f"killed before step {number}"


@pytest.mark.parametrize("world", [Both, Waits])
def test_closed_in_good_order_a_form_goes_on_when_the_service_is_back(world: type[World], tmp_path: Path):
    with alone(world, store=tmp_path / "talk.db") as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.fills({"agree": True}, done=False)
        rehearsal.restart()
        ann.fills({})
        ann.sees("agreed: True")
        assert not any((line.message.payload or {}).get("status") == "closed" for line in ann.lines)


def test_a_form_that_was_shown_on_a_page_stays_there_over_a_kill_whatever_comes_back(tmp_path: Path):
    """After a restart nobody knows the page yet, and another question would be another line than on record."""
    with alone(Waits, store=tmp_path / "talk.db") as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        rehearsal.crash(reconnect=False)
        ann.arrives(forms=False)
        ann.fills({"agree": True})
        ann.sees("agreed: True")
        ann.sees("(1/2) How glad?")  # and the next one is asked as it can be now


def test_a_time_limit_goes_on_while_the_service_is_down(tmp_path: Path):
    for world in (Hurried, WaitsHurried):
        with alone(world, store=tmp_path / f"{world.__name__}.db") as rehearsal:
            ann = ann_of(rehearsal, forms=True)
            ann.fills({"glad": 2}, done=False)
            rehearsal.crash(down_seconds=30)
            rehearsal.advance(20)
            assert not any("timed_out" in text for text in ann.heard)
            rehearsal.crash(down_seconds=3600)
            rehearsal.advance(1)
            ann.sees("timed_out: {'glad': 2, 'why': None}")


def test_a_clock_that_was_set_back_gives_nobody_more_time_than_there_ever_was(tmp_path: Path):
    for world in (Hurried, WaitsHurried):
        with alone(world, store=tmp_path / f"{world.__name__}.db") as rehearsal:
            ann = ann_of(rehearsal, forms=True)
            ann.fills({"glad": 2}, done=False)
            rehearsal.crash(down_seconds=-3600)
            rehearsal.advance(61)
            ann.sees("timed_out: {'glad': 2, 'why': None}")


def test_answers_that_nobody_has_read_when_the_process_dies_are_not_lost(tmp_path: Path):
    """They wait in the record, and were given when they came, not when they are read."""
    with alone(Asks, store=tmp_path / "talk.db") as rehearsal:
        ann = ann_of(rehearsal, forms=True)
        ann.fills({"glad": 2}, done=False)
        before = round(rehearsal.timers.time() * 1_000)
        rehearsal.crash(down_seconds=500)
        ann.fills({})
        record = next(line for line in ann.lines if "form_record" in line.message.extra).message.extra[
            "form_record"
        ]
        assert record["times"]["glad"]["changed"] == before
        assert record["times"]["glad"]["answered"] - before >= 500_000
