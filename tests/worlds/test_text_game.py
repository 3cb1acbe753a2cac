"""The lighthouse: a world with a state of its own and two people in it."""

from pathlib import Path

import pytest
from fake_seats import Seat, seated

from parleyrun.testing import check_world, rehearse, rehearse_world
from worlds.text_game import ROOMS, WAYS, LighthouseWorld

CONFIG = Path(__file__).parents[2] / "configs" / "text_game.yml"
OPT = {"text_game": {"rounds": 8}, "seconds_to_answer": 100}

WINNING = [
    ("keeper", "go kitchen"),
    ("helper", "go down"),
    ("keeper", "take matches"),
    ("helper", "wait"),
    ("keeper", "go hall"),
    ("helper", "wait"),
    ("keeper", "go up"),
    ("helper", "wait"),
    ("keeper", "light lamp"),
]


def game(**more):
    return rehearse_world(LighthouseWorld, people=["keeper", "helper"], opt=OPT, **more)


def play(rehearsal, moves):
    for name, text in moves:
        rehearsal.person(name).says(text)


def test_it_keeps_the_contract_whatever_people_do():
    check_world(LighthouseWorld, opt=OPT)


def test_all_ways_lead_to_rooms():
    assert set(WAYS) == set(ROOMS)
    assert {room for ways in WAYS.values() for room in ways.values()} == set(ROOMS)


def test_the_config_seats_two_people_and_shows_what_they_can_do():
    with rehearse(CONFIG) as rehearsal:
        people = rehearsal.people("ann", "bob")
        for person in people:
            person.says("hi")
            person.says("Play")
        assert [person.role for person in people] == ["Keeper", "Helper"]
        assert people[0].quick_replies == ("go up", "go down", "go kitchen", "look", "wait")


def test_together_they_light_the_lamp():
    with game() as rehearsal:
        play(rehearsal, WINNING)
        for person in rehearsal.everybody:
            person.sees("You have won!")
            assert person.place == "overworld"


@pytest.mark.parametrize("crashes", [{1}, {4, 5}, set(range(1, 9))])
def test_a_game_survives_any_restart(crashes, tmp_path):
    def heard(store, crashes):
        with game(store=store) as rehearsal:
            for number, move in enumerate(WINNING):
                if number in crashes:
                    rehearsal.crash()
                play(rehearsal, [move])
            return [person.heard for person in rehearsal.everybody]

    crashed = heard(tmp_path / "a.db", crashes)
    assert crashed == heard(tmp_path / "b.db", set())
    assert "You have won!" in crashed[0][-1] or "You have won!" in crashed[0][-2]


def test_alone_nobody_gets_through_the_door():
    with game() as rehearsal:
        keeper, helper = rehearsal.everybody
        keeper.says("go up")
        keeper.sees("The door of the lamp room is shut.")
        assert not any("goes to the lamp room" in text for text in helper.heard)


def test_people_see_what_happens_where_they_are_and_nothing_else():
    with game() as rehearsal:
        keeper, helper = rehearsal.everybody
        keeper.says("go kitchen")
        helper.sees("The Keeper goes to the kitchen.")
        helper.says("wait")
        keeper.says("take matches")
        assert not any("takes the matches" in text for text in helper.heard)
        helper.says("go kitchen")
        keeper.sees("The Helper goes to the kitchen.")


def test_words_are_heard_all_over_the_house():
    with game() as rehearsal:
        keeper, helper = rehearsal.everybody
        keeper.says("go down")
        helper.says("SAY  hello down there")
        keeper.sees("Helper: hello down there")


def test_a_lamp_is_not_lit_without_matches():
    with game() as rehearsal:
        keeper = rehearsal.person("keeper")
        play(rehearsal, [("keeper", "wait"), ("helper", "go down"), ("keeper", "go up"), ("helper", "wait")])
        keeper.says("light lamp")
        keeper.sees("You have nothing to light it with.")


@pytest.mark.parametrize("text", ["dance", "go nowhere", "take lamp", "light lamp", "say", ""])
def test_what_cannot_be_done_costs_a_turn_and_is_said_so(text):
    with game() as rehearsal:
        keeper, helper = rehearsal.everybody
        keeper.says(text)
        keeper.sees("That cannot be done here.")
        helper.sees("What do you do?")


def test_when_the_rounds_are_over_the_game_is_lost():
    with game() as rehearsal:
        play(rehearsal, [("keeper", "wait"), ("helper", "wait")] * 8)
        for person in rehearsal.everybody:
            person.sees("It is too late")
            assert person.place == "overworld"


@pytest.mark.parametrize(
    ("happens", "ending"),
    [
        (lambda rehearsal: rehearsal.person("keeper").says("bye"), "The Keeper goes home"),
        (lambda rehearsal: rehearsal.advance(101), "The Keeper is gone"),
        (lambda rehearsal: (rehearsal.person("keeper").goes_away(), rehearsal.advance(61)), "The Keeper is gone"),
    ],
    ids=["says bye", "falls silent", "goes away"],
)
def test_whoever_stops_ends_the_game_for_both(happens, ending):
    with game() as rehearsal:
        happens(rehearsal)
        helper = rehearsal.person("helper")
        helper.sees(ending)
        assert helper.place == "overworld"


def test_how_it_ended_is_kept_with_each_person():
    keeper, helper = Seat(), Seat(says=["bye"])
    world = seated(LighthouseWorld, [keeper, helper], OPT)
    world.parley()
    assert world.episode_done()
    assert helper.data == {"lighthouse": [{"role": "Helper", "ending": world.ending}]}
    assert keeper.data["lighthouse"][0]["role"] == "Keeper"
