"""The study, played by two people in virtual time: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_two_people_talk_until_one_of_them_says_bye() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        ann.arrives(opens=True)
        assert ann.place == "waiting"
        bob.arrives(opens=True)
        ann.sees("What did you do last weekend?")
        ann.says("I slept.")
        bob.sees("I slept.")
        bob.says("bye")
        for person in (ann, bob):
            person.sees("Thank you for taking part!")
            assert person.place == "gone"


def test_who_finds_no_partner_is_told_so() -> None:
    with rehearse(STUDY) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.advance(300)
        ann.sees("Nobody else came in time.")
        assert ann.place == "gone"
