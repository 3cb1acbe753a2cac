"""The game, played by two people in virtual time: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_one_describes_the_other_guesses_and_both_see_the_score() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob = (rehearsal.person(name).arrives(opens=True) for name in ("ann", "bob"))
        for person in (ann, bob):
            person.sees("Welcome!")
            person.says("Start")
        describer, guesser = (ann, bob) if ann.role == "Describer" else (bob, ann)
        shown = describer.sees("Describe this picture").message.payload
        assert shown is not None
        assert shown["type"] == "image"
        guesser.sees("Which of these pictures does the Describer see?")
        describer.says("It is round.")
        guesser.sees("It is round.")
        for number in (1, 2, 3):
            label = f"{number}A"
            assert label in guesser.quick_replies
            guesser.says(label)
        for person in (ann, bob):
            person.sees("Together you found")
            assert person.place == "overworld"
