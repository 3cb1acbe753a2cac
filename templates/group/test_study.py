"""The study, played by three people in virtual time: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_three_people_discuss_until_one_of_them_says_that_they_are_done() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob, cyd = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob", "cyd"))
        ann.sees("You are Guest 1. With you at the table: Guest 2, Guest 3.")
        ann.says("A park!")
        for person in (bob, cyd):
            assert person.sees("A park!").message.id == "Guest 1"
        cyd.says("done")
        for person in (ann, bob, cyd):
            person.sees("Thank you for taking part!")
            assert person.place == "gone"


def test_two_people_are_too_few() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        rehearsal.advance(300)
        for person in (ann, bob):
            person.sees("Not enough people came in time.")
