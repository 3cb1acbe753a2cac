"""The study, played by people in virtual time, one of whom is the operator: python -m pytest"""

from pathlib import Path

from parleyrun.testing import rehearse

STUDY = Path(__file__).with_name("study.yml")
OPERATOR = {"operator": "change-me"}


def test_a_traveller_talks_with_the_operator_and_not_with_another_traveller() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, bob, operator = rehearsal.people("ann", "bob", "operator")
        for traveller in (ann, bob):
            traveller.arrives(opens=True)
            assert traveller.place == "waiting"
        operator.arrives(OPERATOR, opens=True)
        assert (ann.role, operator.role, bob.place) == ("Traveller", "Assistant", "waiting")
        ann.says("Where is it warm in March?")
        operator.sees("Where is it warm in March?")
        operator.says("In Seville.")
        assert ann.sees("In Seville.").message.id == "Assistant"
        ann.says("/finish")
        for person in (ann, operator):
            person.sees("The conversation has ended.")
        operator.says("help")
        assert bob.role == "Traveller"


def test_who_does_not_know_the_key_is_a_traveller() -> None:
    with rehearse(STUDY) as rehearsal:
        ann, eve = rehearsal.people("ann", "eve")
        ann.arrives(opens=True)
        eve.arrives({"operator": "guessed"}, opens=True)
        assert (ann.place, eve.place) == ("waiting", "waiting")


def test_nothing_that_is_said_while_waiting_tells_of_a_person() -> None:
    with rehearse(STUDY) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        rehearsal.advance(31)
        ann.sees("The assistant is starting.")
