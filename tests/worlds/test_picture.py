from base64 import b64decode
from xml.etree import ElementTree

import pytest
from fake_seats import Seat, go_on, say, seated

from parleyrun import DISCONNECT_TEXT
from worlds import picture

OPT = {"picture": {"rounds": 2, "choices": 3}}


@pytest.fixture
def game():
    describer, guesser = Seat("one"), Seat("two")
    world = seated(picture.PictureWorld, [describer, guesser], OPT)
    go_on(world)
    return world, describer, guesser


def label_of(world, *, right):
    target = world.targets[len(world.guesses)]
    return next(label for label, choice in world.labels.items() if (choice == target) is right)


def images(seat):
    return [act["payload"] for act in seat.seen if act.get("payload")]


def test_every_picture_is_an_image_with_its_description():
    for shown in picture.PICTURES:
        payload = picture.as_payload(shown)
        svg = ElementTree.fromstring(b64decode(payload["data"]))
        assert svg.tag.endswith("svg"), shown
        kinds = payload["type"], payload["mime"], payload["alt"]
        assert kinds == ("image", "image/svg+xml", picture.in_words(shown))


def test_all_pictures_look_different():
    assert len({picture.as_payload(shown)["data"] for shown in picture.PICTURES}) == len(picture.PICTURES)


def test_the_describer_sees_the_target_and_the_guesser_the_choices(game):
    world, describer, guesser = game
    assert images(describer) == [picture.as_payload(world.targets[0])]
    assert images(guesser) == [picture.as_payload(choice) for choice in world.rounds[0]]
    assert guesser.last["quick_replies"] == ["1A", "1B", "1C"]


def test_what_a_picture_shows_is_said_only_to_who_sees_it(game):
    world, describer, guesser = game
    say(world, describer, "It is round.")
    words = picture.in_words(world.targets[0])
    assert not any(words in text for text in describer.texts + guesser.texts)
    assert not any(label in text for text in describer.texts for label in world.labels)


def test_both_can_talk_and_the_buttons_stay_with_the_guesser(game):
    world, describer, guesser = game
    say(world, guesser, "Is it round?")
    assert (describer.last["id"], describer.last["text"]) == ("Guesser", "Is it round?")
    say(world, describer, "Yes.")
    assert (guesser.last["id"], guesser.last["text"]) == ("Describer", "Yes.")
    assert guesser.last["quick_replies"] == ["1A", "1B", "1C"]


def test_right_and_wrong_guesses_make_the_score(game):
    world, describer, guesser = game
    say(world, guesser, label_of(world, right=True))
    say(world, guesser, label_of(world, right=False))
    assert world.episode_done()
    assert [guess["right"] for guess in world.guesses] == [True, False]
    assert describer.data["pictures"][0]["points"] == guesser.data["pictures"][0]["points"] == 1
    assert guesser.last["text"].endswith("Together you found 1 of 2 pictures.")


def test_a_guess_can_be_written_in_words(game):
    world, _, guesser = game
    say(world, guesser, f"picture {label_of(world, right=True).lower()}!")
    assert world.guesses[0]["right"]


def test_a_second_click_on_an_old_button_is_no_guess_in_the_new_round(game):
    world, describer, guesser = game
    old = label_of(world, right=True)
    say(world, guesser, old, old)
    assert len(world.guesses) == 1
    assert guesser.last["text"] == f"There is no picture {old} now."
    assert guesser.last["quick_replies"] == ["2A", "2B", "2C"]
    assert old not in describer.texts


def test_a_label_that_the_describer_writes_is_no_guess(game):
    world, describer, guesser = game
    say(world, describer, "1A")
    assert not world.guesses
    assert guesser.last["text"] == "1A"


@pytest.mark.parametrize("text", ["BYE", "[DONE]", DISCONNECT_TEXT])
def test_someone_who_leaves_ends_the_game_with_the_score_so_far(game, text):
    world, describer, guesser = game
    say(world, guesser, label_of(world, right=True))
    say(world, describer, text)
    assert world.episode_done()
    assert guesser.last["text"] == "Describer has left. Together you found 1 of 2 pictures."


def test_who_described_less_often_describes_next():
    one, two = Seat("one"), Seat("two")
    roles = []
    for _ in range(3):
        world = seated(picture.PictureWorld, [one, two], OPT)
        roles.append(one.role)
        say(world, one, "bye")
    assert roles == ["Describer", "Guesser", "Describer"]


def test_the_target_is_among_the_choices_of_each_round():
    world = seated(picture.PictureWorld, [Seat("one"), Seat("two")])
    assert all(target in choices for target, choices in zip(world.targets, world.rounds, strict=True))


@pytest.mark.parametrize(("said", "value"), [("Start", "picture"), ("EXIT", "EXIT"), (DISCONNECT_TEXT, "EXIT")])
def test_the_overworld_leads_to_the_task_or_out(said, value):
    person = Seat()
    assert say(seated(picture.PictureOverworld, [person]), person, said) == value


def test_the_overworld_tells_the_score_to_whoever_comes_back():
    person = Seat(data={"pictures": [{"points": 2}, {"points": 1}]})
    world = seated(picture.PictureOverworld, [person])
    assert say(world, person, "huh?") is None
    world.return_overworld()
    go_on(world)
    assert person.last["text"].startswith("You have 3 points")
