"""Requests to Prolific: which are made again, how lists are read, what is said of errors."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from parleyrun.errors import PanelError
from parleyrun.study.prolific.prolific_api import ProlificApi
from parleyrun.study.prolific.prolific_client import PAGE_SIZE, ProlificClient, told_in
from parleyrun.study.prolific.prolific_token import prolific_token
from parleyrun.testing import FakeProlific


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def api(prolific: FakeProlific, slept: list[float]) -> Iterator[ProlificApi]:
    with closing(ProlificClient(prolific.token, url=prolific.url, sleep=slept.append)) as client:
        yield ProlificApi(client)


def test_all_pages_of_a_list_are_read_and_none_past_its_end(prolific: FakeProlific, api: ProlificApi) -> None:
    study = prolific.add_study()
    added = [prolific.add_submission(study) for _ in range(2 * PAGE_SIZE)]

    assert [each.submission_id for each in api.submissions(study)] == added
    assert len(prolific.calls) == 2


def test_an_empty_list_is_no_error(prolific: FakeProlific, api: ProlificApi) -> None:
    assert list(api.submissions(prolific.add_study())) == []


def test_what_is_refused_for_now_is_asked_again_with_longer_and_longer_waits(
    prolific: FakeProlific, api: ProlificApi, slept: list[float]
) -> None:
    prolific.refuse("users/me", 429, times=4)
    api.check_token()

    assert len(slept) == 4
    for waited, doubled in zip(slept, (2, 4, 8, 8), strict=True):
        assert 0.75 * doubled <= waited <= doubled


def test_the_wait_that_prolific_asks_for_is_kept(
    prolific: FakeProlific, api: ProlificApi, slept: list[float]
) -> None:
    prolific.refuse("users/me", 429, retry_after="30")
    api.check_token()
    assert len(slept) == 1
    assert 30 <= slept[0] <= 33

    prolific.refuse("users/me", 429, retry_after="9999")
    with pytest.raises(PanelError):
        api.check_token()


def test_it_gives_up_after_five_tries(prolific: FakeProlific, api: ProlificApi) -> None:
    prolific.refuse("users/me", 503, times=9, detail="down for maintenance")
    with pytest.raises(PanelError, match="down for maintenance"):
        api.check_token()
    assert len(prolific.calls) == 5


def test_what_is_wrong_is_not_asked_again(prolific: FakeProlific, api: ProlificApi) -> None:
    with pytest.raises(PanelError, match=r"HTTP 404.*no study"):
        api.study("nothing")
    assert len(prolific.calls) == 1


def test_a_connection_that_breaks_is_tried_again_where_that_does_no_harm(
    prolific: FakeProlific, api: ProlificApi
) -> None:
    study = prolific.add_study()
    prolific.add_submission(study, participant="ada", status="APPROVED")
    prolific.drop("bonus-payments", done=True)
    quote = api.set_up_bonuses(study, {"ada": 150})
    assert [each.bulk_id for each in prolific.set_up][-1] == quote.bulk_id

    prolific.drop("pay", done=True)
    with pytest.raises(PanelError) as caught:
        api.pay_bonuses(quote.bulk_id)
    assert caught.value.may_have_been_done
    assert prolific.paid == {"ada": 150}


def test_a_wrong_token_is_said_and_not_shown(prolific: FakeProlific) -> None:
    client = ProlificClient("wrong-token", url=prolific.url)
    with closing(client), pytest.raises(PanelError, match="copy it again") as caught:
        ProlificApi(client).check_token()
    assert "wrong-token" not in str(caught.value)


def test_a_token_that_an_error_repeats_is_not_shown(prolific: FakeProlific, api: ProlificApi) -> None:
    prolific.refuse("users/me", 400, detail=f"Token {prolific.token} is odd")
    with pytest.raises(PanelError, match=r"Token \[token\] is odd"):
        api.check_token()


def test_a_server_that_is_not_there_is_named(slept: list[float]) -> None:
    client = ProlificClient("t", url="http://127.0.0.1:9/api", sleep=slept.append)
    with closing(client), pytest.raises(PanelError, match="was not reached") as caught:
        client.post("x", {}, again=False)
    assert not caught.value.may_have_been_done
    assert len(slept) == 4


def test_an_id_that_is_none_is_not_put_into_an_address(api: ProlificApi, prolific: FakeProlific) -> None:
    with pytest.raises(PanelError, match="letters and digits"):
        api.study("../users/me")
    with pytest.raises(PanelError, match="letters and digits"):
        api.set_up_bonuses("s", {"ada,9.00\nben": 1})
    assert prolific.calls == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"title": "Bad", "detail": {"reward": ["too low", "odd"]}}}, "Bad: reward: too low, odd"),
        ({"message": "No", "detail": "why"}, "No: why"),
        ({"error": "plain"}, "plain"),
        ([1], ""),
    ],
)
def test_errors_of_all_shapes_are_put_into_words(answer: object, said: str) -> None:
    assert told_in(answer) == said


def test_the_token_is_the_environments_or_the_files(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    with pytest.raises(PanelError, match="PARLEYRUN_PROLIFIC_TOKEN"):
        prolific_token(home)
    assert prolific_token(home, lambda: " typed-token ") == "typed-token"
    kept = tmp_path / "parleyrun" / "prolific-token"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert prolific_token(home) == "typed-token"
    assert prolific_token({**home, "PARLEYRUN_PROLIFIC_TOKEN": "of-environment"}) == "of-environment"


def test_a_token_that_others_can_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    prolific_token(home, lambda: "typed-token")
    kept = tmp_path / "parleyrun" / "prolific-token"
    kept.chmod(0o640)
    with pytest.raises(PanelError, match="chmod 600"):
        prolific_token(home)
    kept.chmod(0o600)
    kept.write_bytes(b"two words\n")
    with pytest.raises(PanelError, match="without spaces") as caught:
        prolific_token(home)
    assert "two words" not in str(caught.value)
