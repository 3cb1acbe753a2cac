"""An act that nobody said, as a person left or did not answer, is on nobody's screen: it becomes what it means."""

from __future__ import annotations

import pytest

from parleyrun import World
from parleyrun.config.shipped_sentences import sentences
from parleyrun.testing import rehearse_world
from parleyrun.text import numbered_name

ABSENCES = ("[DISCONNECT]", "[TIMEOUT]")


class Relay(World):
    """Hands on every act: as it came, as a copy, and as an act made anew."""

    MAX_AGENTS = 2
    done = False

    def parley(self):
        for agent in self.agents:
            act = agent.act(timeout=self.opt.get("patience", 30))
            for other in self.agents:
                other.observe(act)
                other.observe(dict(act))
                other.observe({"id": act["id"], "text": act["text"], "episode_done": True})
            self.done = self.done or act["episode_done"]

    def episode_done(self):
        return self.done


def test_who_left_is_a_sign_and_no_words() -> None:
    with rehearse_world(Relay, ["ann", "bob"], opt={"patience": 3600}) as rehearsal:
        ann, bob = rehearsal.everybody
        ann.goes_away()
        rehearsal.advance(61)
        assert bob.partners[-1] == ("Person 1", "left")
        assert not any(absence in text for text in bob.heard for absence in ABSENCES)


def test_who_did_not_answer_is_a_sign_and_no_words() -> None:
    with rehearse_world(Relay, ["ann", "bob"]) as rehearsal:
        ann, bob = rehearsal.everybody
        rehearsal.advance(31)
        assert ("Person 1", "silent") in bob.partners
        assert ("Person 1", "silent") not in ann.partners
        assert not any(absence in text for person in (ann, bob) for text in person.heard for absence in ABSENCES)


def test_a_person_who_types_such_a_word_has_said_it() -> None:
    with rehearse_world(Relay, ["ann", "bob"]) as rehearsal:
        ann, bob = rehearsal.everybody
        ann.says("[DISCONNECT]")
        assert bob.heard.count("[DISCONNECT]") == 3
        assert ("Person 1", "left") not in bob.partners


class Named(World):
    """Says who sits in it, and waits."""

    def parley(self):
        self.agents[0].observe({"text": f"{[agent.role for agent in self.agents]}"})
        self.agents[0].act_blocking()

    def episode_done(self):
        return False


class Roles(Named):
    @staticmethod
    def assign_roles(agents):
        agents[0].disp_id = "Student"


@pytest.mark.parametrize(
    ("world", "people", "shown"), [(Named, 1, None), (Named, 2, "Person 1"), (Roles, 1, "Student")]
)
def test_who_sits_alone_is_shown_no_name_that_nobody_gave(
    world: type[World], people: int, shown: str | None
) -> None:
    with rehearse_world(world, people) as rehearsal:
        ann = rehearsal.everybody[0]
        places = [signal for signal in ann.signals if getattr(signal, "place", "") == "task"]
        assert [place.role for place in places][-1:] == [shown]


@pytest.mark.parametrize(
    ("template", "names"),
    [
        (sentences("ja")["person_name"], ["参加者 1", "参加者 2"]),
        ("Anonymous", ["Anonymous 1", "Anonymous 2"]),
        ("", ["1", "2"]),
    ],
)
def test_names_that_nobody_gave_are_what_the_config_says_and_never_the_same(
    template: str, names: list[str]
) -> None:
    assert [numbered_name(template, number) for number in (1, 2)] == names
