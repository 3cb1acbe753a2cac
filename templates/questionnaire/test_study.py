"""The questionnaire, filled in by people in virtual time: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_somebody_agrees_and_answers_everything() -> None:
    with rehearse(STUDY) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True, forms=True)
        ann.fills({"agree": True})
        wrong = ann.fills({"age": 17, "job": "part"}, page=1)
        assert wrong.keys() == {"age", "hours"}
        assert ann.fills({"age": 44, "hours": 20}, page=1) == {}
        ann.fills({"often": 4, "like": {"ideas": 5, "time": 2}})
        ann.sees("Thank you for taking part!")
        assert ann.place == "gone"


def test_who_does_not_agree_is_asked_nothing_more() -> None:
    with rehearse(STUDY) as rehearsal:
        bob = rehearsal.person("bob").arrives(opens=True, forms=True)
        bob.fills({"agree": False})
        bob.sees("Thank you all the same.")
        assert bob.place == "gone"
