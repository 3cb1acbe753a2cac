"""What is made of answers that are none of Prolific's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from parleyrun.errors import PanelError
from parleyrun.study.prolific import prolific_client
from parleyrun.study.prolific.prolific_client import ProlificClient


class Answer:
    def __init__(self, *parts: bytes, status: int = 200) -> None:
        self._parts = list(parts)
        self.status_code = status
        self.headers: dict[str, str] = {}
        self.read = 0

    def iter_content(self, _size: int) -> Iterator[bytes]:
        while self._parts:
            self.read += 1
            yield self._parts.pop(0)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Answer]:
    found: list[Answer] = []

    @contextmanager
    def request(*_given: Any, **_more: Any) -> Iterator[Answer]:
        yield found.pop(0)

    monkeypatch.setattr("requests.Session.request", request)
    return found


@pytest.fixture
def client() -> Iterator[ProlificClient]:
    with closing(ProlificClient("t", url="http://127.0.0.1:9/api", sleep=lambda seconds: None)) as client:
        yield client


def test_an_answer_in_parts_is_put_together(answers: list[Answer], client: ProlificClient) -> None:
    answers.append(Answer(b'{"id"', b": ", b'"me"}'))
    assert client.get("users/me") == {"id": "me"}


def test_an_answer_without_end_is_read_to_the_limit_only(
    answers: list[Answer], client: ProlificClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prolific_client, "MAX_ANSWER_BYTES", 10)
    endless = [Answer(*[b'{"a": 1, "b'] * 50) for _ in range(prolific_client.TRIES)]
    answers += endless
    with pytest.raises(
        PanelError, match="expected an answer of Prolific in JSON to GET users/me, got something else"
    ):
        client.get("users/me")
    assert [each.read for each in endless] == [2] * prolific_client.TRIES


@pytest.mark.parametrize("content", [b"<html>welcome</html>", b"[1, 2]", b"[" * 100_000])
def test_what_is_no_answer_is_asked_for_again_and_then_said(
    answers: list[Answer], client: ProlificClient, content: bytes
) -> None:
    answers += [Answer(content) for _ in range(prolific_client.TRIES)]
    with pytest.raises(
        PanelError, match="expected an answer of Prolific in JSON to GET users/me, got something else"
    ):
        client.get("users/me")
    assert answers == []
    answers += [Answer(content), Answer()]
    assert client.get("users/me") == {}


@pytest.mark.parametrize("results", [b"{}", b'{"results": null}', b'{"results": [1]}'])
def test_a_list_that_is_none_is_said(answers: list[Answer], client: ProlificClient, results: bytes) -> None:
    answers.append(Answer(results))
    with pytest.raises(
        PanelError, match="expected a list of results from Prolific at studies, got something else"
    ):
        list(client.listed("studies"))
