"""The study, played by a person and a model that says what it is told to: python -m pytest"""

from pathlib import Path
from unittest.mock import patch

from parleyrun.testing import FakeModel, FakeReply, rehearse

STUDY = Path(__file__).with_name("study.yml")


def test_a_person_talks_with_a_model_that_has_its_instructions() -> None:
    with FakeModel("It is 100 euros.") as model, patch.dict("os.environ", MODEL_URL=model.base_url):
        with rehearse(STUDY) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.sees("At a flea market you see a bicycle.")
            ann.says("How much is it?")
            assert ann.sees("It is 100 euros.").message.id == "Seller"
            ann.says("bye")
            ann.sees("Thank you for taking part!")
        assert "You sell an old bicycle." in str(model.requests[-1].messages[0])


def test_a_model_that_fails_asks_once_more() -> None:
    with (
        FakeModel("It is 100 euros.") as model,
        patch.dict("os.environ", MODEL_URL=model.base_url),
        rehearse(STUDY) as rehearsal,
    ):
        ann = rehearsal.person("ann").arrives(opens=True)
        model.then(FakeReply(status=400, error={"message": "no"}))
        ann.says("How much is it?")
        ann.sees("One moment, somebody else is asking me something.")
        ann.says("How much is it?")
        ann.sees("It is 100 euros.")
