import pytest
from fake_seats import Seat, go_on, say, seated

from parleyrun import DISCONNECT_TEXT
from worlds import negotiation

ITEMS = {"book": 3, "hat": 2, "ball": 1}
OPT = {
    "negotiation": {
        "scenarios": [
            {
                "items": ITEMS,
                "values": {
                    "Player 1": {"book": 11, "hat": 12, "ball": 13},
                    "Player 2": {"book": 21, "hat": 22, "ball": 23},
                },
            }
        ],
        "seconds_to_answer": 100,
    }
}


@pytest.fixture
def clock(monkeypatch):
    """The time that the world sees: a list of one number, to be set by the test."""
    seconds = [1000.0]
    monkeypatch.setattr(negotiation, "now", lambda: seconds[0])
    return seconds


@pytest.fixture
def table(clock):
    one, two = Seat("one"), Seat("two")
    world = seated(negotiation.NegotiationWorld, [one, two], OPT)
    go_on(world)
    return world, one, two


def result(seat):
    (only,) = seat.data["negotiations"]
    return only


def test_each_is_shown_their_own_points_and_not_those_of_the_other(table):
    world, one, two = table
    say(world, one, "offer: 2 books 1 hat")
    say(world, two, "Accept offer 1")
    assert "each book 11" in one.texts[0]
    assert "each book 21" in two.texts[0]
    assert not any(number in " ".join(two.texts) for number in ("11", "12", "13", str(result(one)["points"])))
    assert not any(number in " ".join(one.texts) for number in ("21", "22", "23", str(result(two)["points"])))


def test_an_accepted_offer_is_a_deal_with_points_for_both(table):
    world, one, two = table
    say(world, one, "offer: 2 books 1 hat")
    assert two.last["quick_replies"] == ["Accept offer 1", "Reject offer 1"]
    say(world, two, "Accept offer 1")
    assert world.episode_done()
    assert result(one)["got"] == {"book": 2, "hat": 1, "ball": 0}
    assert result(two)["got"] == {"book": 1, "hat": 1, "ball": 1}
    assert (result(one)["points"], result(two)["points"]) == (2 * 11 + 12, 21 + 22 + 23)
    assert result(one)["reason"] == result(two)["reason"] == "deal"
    assert one.last["text"] == "It is a deal! You get 2 books, 1 hat: 34 points."


def test_a_plain_accept_takes_the_offer_on_the_table(table):
    world, one, two = table
    say(world, two, "OFFER: nothing")
    say(world, one, "accept")
    assert result(one)["got"] == ITEMS


def test_a_rejected_offer_can_no_longer_be_accepted(table):
    world, one, two = table
    say(world, one, "offer: 3 books")
    say(world, two, "Reject offer 1")
    assert one.texts[-1] == two.texts[-1] == "Player 2 rejects the offer."
    say(world, two, "Accept offer 1")
    assert not world.episode_done()
    assert two.texts[-1].startswith("There is no such offer")


def test_accepting_an_earlier_offer_does_not_hit_the_one_that_came_in_between(table):
    world, one, two = table
    say(world, one, "offer: 1 ball", "offer: 3 books, 2 hats and 1 ball")
    say(world, two, "Accept offer 1")
    assert not world.episode_done()
    say(world, two, "Accept offer 2")
    assert result(two)["got"] == {"book": 0, "hat": 0, "ball": 0}


@pytest.mark.parametrize("text", ["accept", "reject", "Accept offer 1"])
def test_nobody_answers_their_own_offer(table, text):
    world, one, _ = table
    say(world, one, "offer: 1 ball", text)
    assert not world.episode_done()
    assert one.texts[-1].startswith("There is no such offer")


def test_words_go_to_the_other_person(table):
    world, one, two = table
    say(world, one, "I accept nothing but books!")
    assert (two.last["id"], two.last["text"]) == ("Player 1", "I accept nothing but books!")


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("4 books", "more than there is"),
        ("2 books 2 books", "more than there is"),
        ("2 bananas", "“bananas”"),
        ("books", "how many"),
        ("two books", "how many"),
        ("2 books please", "how many"),
        ("99999 books", "how many"),
        ("² books", "how many"),
    ],
)
def test_an_offer_that_cannot_be_read_is_explained_to_the_speaker_only(table, text, mistake):
    world, one, two = table
    say(world, one, f"offer: {text}")
    assert mistake in one.texts[-1]
    assert len(two.seen) == 1
    assert world.standing is None


@pytest.mark.parametrize("text", ["2 books 1 hat", "2 book, 1 hat", "1 hat and 2 books", "1 BOOK 1 book 1 hats"])
def test_an_offer_can_be_put_in_several_ways(text):
    assert negotiation.parse_offer(text, ITEMS) == {"book": 2, "hat": 1, "ball": 0}


@pytest.mark.parametrize("text", ["BYE", "[DONE]", DISCONNECT_TEXT])
def test_someone_who_leaves_ends_it_without_a_deal(table, text):
    world, one, two = table
    say(world, one, text)
    assert world.episode_done()
    assert result(two)["points"] == 0
    assert two.last["text"] == "There is no deal: Player 1 has left. You get nothing: 0 points."


def test_someone_who_does_not_answer_in_time_ends_it_without_a_deal(table, clock):
    world, one, two = table
    clock[0] += 90
    say(world, one, "Are you there?")
    assert not world.episode_done()
    clock[0] += 20
    go_on(world)
    assert world.episode_done()
    assert result(one)["reason"] == "Player 2 said nothing for too long"
    assert len(two.data["negotiations"]) == 1


def test_results_of_several_conversations_are_kept_side_by_side(clock):
    one, two = Seat("one"), Seat("two")
    for _ in range(2):
        say(seated(negotiation.NegotiationWorld, [one, two], OPT), one, "bye")
    assert [kept["role"] for kept in one.data["negotiations"]] == ["Player 1", "Player 1"]


def test_without_options_it_plays_the_scenario_it_brings(clock):
    one, two = Seat("one"), Seat("two")
    go_on(seated(negotiation.NegotiationWorld, [one, two]))
    assert "3 books, 2 hats, 1 ball" in one.texts[0]


@pytest.mark.parametrize(("said", "data"), [(["0"], {"understood": True}), (["10"], None), ([], None)])
def test_only_who_answers_the_question_in_time_and_rightly_gets_in(said, data):
    world = seated(negotiation.NegotiationOnboardWorld, [Seat(says=said)])
    go_on(world)
    assert world.episode_done()
    assert world.data == data


@pytest.mark.parametrize(
    ("said", "value"), [("Start", "negotiation"), ("EXIT", "EXIT"), (DISCONNECT_TEXT, "EXIT")]
)
def test_the_overworld_leads_to_the_task_or_out(said, value):
    person = Seat()
    assert say(seated(negotiation.NegotiationOverworld, [person]), person, said) == value


def test_the_overworld_explains_itself_and_greets_whoever_comes_back():
    person = Seat()
    world = seated(negotiation.NegotiationOverworld, [person])
    assert say(world, person, "what is this?") is None
    assert person.last["text"].startswith("Please write Start")
    world.return_overworld()
    go_on(world)
    assert person.last["quick_replies"] == ["Start", "EXIT"]
