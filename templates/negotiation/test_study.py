"""The study, played by two people in virtual time: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_two_people_agree_haggle_and_say_what_came_of_it() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.arrives(opens=True, forms=True)
            person.fills({"agree": True})
        ann.sees("worth **120 euros** to you")
        bob.sees("worth **60 euros** to you")
        for line in ("What about 90?", "Or 95?"):
            ann.says(line)
            bob.sees(line)
        bob.says("That will do.", "95!")
        ann.says("/finish")
        bob.says("/finish")
        for person in (ann, bob):
            missing = person.fills({"deal": True})
            assert missing.keys() == {"price", "fair"}
            person.fills({"price": 95, "fair": 6})
            person.sees("Thank you for taking part!")
            assert person.place == "gone"


def test_the_time_is_up_after_five_minutes() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.arrives(opens=True, forms=True)
            person.fills({"agree": True})
        rehearsal.advance(301)
        for person in (ann, bob):
            assert person.form is not None
            assert person.form["name"] == "rating"


def test_who_does_not_agree_waits_for_nobody() -> None:
    with rehearse(STUDY) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"agree": False})
        ann.sees("Thank you all the same.")
        assert ann.place == "gone"
