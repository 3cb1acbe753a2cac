"""The model of rehearsals, asked as a client asks: what it refuses, and what it waits for."""

from __future__ import annotations

import pytest
import requests

from parleyrun.testing.fake_model.fake_model import FakeModel


def test_a_wrong_key_and_a_path_that_is_none_are_refused_on_a_connection_that_stays():
    with FakeModel("Hello!", key="right") as model, requests.Session() as session:
        address = model.base_url.removesuffix("/v1")
        answers = [
            session.post(f"{address}/v1/chat/completions", json={}, headers={"Authorization": "Bearer wrong"}),
            session.get(f"{address}/v1/embeddings", headers={"Authorization": "Bearer right"}),
            session.get(f"{address}/v1/chat/completions", headers={"Authorization": "Bearer right"}),
            session.get(f"{address}/v1/models", headers={"Authorization": "Bearer right"}),
        ]
        assert [answer.status_code for answer in answers] == [401, 404, 404, 200]
        assert answers[0].json()["error"]["code"] == "invalid_api_key"
        assert model.requests == []


def test_requests_that_do_not_come_are_not_waited_for_for_ever():
    with FakeModel("Hello!") as model, pytest.raises(AssertionError, match="expected 2 requests, got 0"):
        model.wait_for_requests(2, timeout_seconds=0.01)
