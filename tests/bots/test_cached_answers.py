"""Answers that are kept: the same request is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from parleyrun import AgentError, create_agent
from parleyrun.errors import ModelError
from parleyrun.testing import FakeModel
from parleyrun.testing.fake_model.fake_replies import wrong_key


def asked(model: FakeModel, folder: Path, text: str = "Hello?", **more):
    agent = create_agent(
        {
            "model": f"chat_completions:{model.base_url}#fake",
            "cache": str(folder),
            "price": {"prompt": 1e6},
            **more,
        }
    )
    agent.observe({"id": "you", "text": text, "episode_done": True})
    try:
        return agent.act()["text"], agent.last_answer
    finally:
        agent.shutdown()


def test_the_same_request_is_made_once_and_costs_nothing_again(tmp_path: Path) -> None:
    with FakeModel("one") as model:
        first, took = asked(model, tmp_path / "kept")
        again, took_again = asked(model, tmp_path / "kept")
        assert first == again == "one"
        assert len(model.requests) == 1
        assert took.cost > 0
        assert (took_again.cost, took_again.prompt_tokens) == (0, 0)
        asked(model, tmp_path / "kept", stream=False)  # how it comes makes no other request of it
        assert len(model.requests) == 1
        asked(model, tmp_path / "kept", temperature=0.5)
        asked(model, tmp_path / "kept", "Goodbye?")
        assert len(model.requests) == 3
    (file, *_) = (tmp_path / "kept").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_what_went_wrong_is_not_kept(tmp_path: Path) -> None:
    with FakeModel(wrong_key()) as model, pytest.raises(ModelError):
        asked(model, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_an_answer_that_cannot_be_kept_leaves_nothing_beside_the_others(tmp_path: Path, monkeypatch) -> None:
    def no_room(_path: Path, _to: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_room)
    with FakeModel("one") as model, pytest.raises(AgentError, match=r"cannot keep an answer in .*: No space left"):
        asked(model, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_that_holds_no_answer_is_named(tmp_path: Path) -> None:
    with FakeModel("one") as model:
        asked(model, tmp_path)
        (file,) = tmp_path.iterdir()
        file.write_text("[]")
        with pytest.raises(AgentError, match=r"expected an answer that was kept at .*: delete it"):
            asked(model, tmp_path)
