"""Whatever a model or its server gives back: one line with the cause, and the conversation goes its way."""

from types import SimpleNamespace

import pytest

from parleyrun.testing import FakeModel, FakeReply, rehearse

MOMENT = "One moment, please."
FINE = "Fine, thanks."


def vote(who: str) -> str:
    return f"voted for {who}"


def calls(name, arguments):
    return FakeReply(tool_calls=[(name, arguments)])


WORLDS = SimpleNamespace(vote=vote)
ELSEWHERE = FakeReply(status=302, headers={"Location": "https://login.example/?token=5"})
EXPIRED = FakeReply(status=401, error={"message": "Your key has expired", "code": "invalid_api_key"})
UNKNOWN = FakeReply(status=404, error={"message": "The model `fake` does not exist", "code": "model_not_found"})

FAILS = [
    pytest.param([""] * 2, "empty answer", "it answered without words", id="empty"),
    pytest.param([" \n\t "] * 2, "empty answer", "it answered without words", id="whitespace"),
    pytest.param(["Buyer: I take it."] * 2, "empty answer", "it spoke as Buyer", id="as somebody else"),
    pytest.param(["x" * 200_000], "answer not understood", "lower max_tokens", id="200 kB"),
    pytest.param(
        [calls("vote", {"who": "Ann"})] * 8,
        "answer not understood",
        "called functions 8 times",
        id="calls for ever",
    ),
    pytest.param([ELSEWHERE], "address", "login.example", id="a proxy that redirects"),
    pytest.param([EXPIRED], "key", "Your key has expired", id="an expired key"),
    pytest.param([UNKNOWN], "no such model", "does not exist", id="no such model"),
]

PASSES = [
    pytest.param(
        [FakeReply(body=b'{"choices":[{"message":{"content":"H\xffi"},"finish_reason":"stop"}]}')], "H\ufffdi"
    ),
    pytest.param([calls("vote", "{not json"), FINE], FINE),
    pytest.param([calls("nothing", {}), FINE], FINE),
    pytest.param(["Seller: Ten euros.\nBuyer: Done!"], "Ten euros."),
    pytest.param(["", FINE], FINE),
]


def study(model, **more):
    entry = {
        "model": "chat_completions",
        "base_url": model.base_url,
        "name": "fake",
        "tools": ["vote"],
        "check": False,
    }
    task = {
        "task_world": "parleyrun.ready:Chat",
        "roles": {"Buyer": {}},
        "bots": {"Seller": "seller"},
        "on_bot_error": {"say": MOMENT},
    }
    return {"world_module": "worlds", "models": {"seller": {**entry, **more}}, "tasks": {"talk": task}}


@pytest.mark.parametrize(("replies", "cause", "told"), FAILS)
def test_what_is_no_answer_is_one_line_with_its_cause_and_what_the_config_says_is_said(
    replies, cause, told, caplog
):
    with FakeModel(FINE) as model, rehearse(study(model), worlds=WORLDS) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        model.then(*replies)
        ann.says("how much?")
        assert ann.heard == [MOMENT]
        assert len(model.requests) == len(replies)
        [warning] = [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]
        assert (told in warning.getMessage(), cause in warning.getMessage()) == (True, True), warning.getMessage()
        assert "\n" not in warning.getMessage()
        assert warning.exc_info is None
        ann.says("and now?")
        assert ann.heard == [MOMENT, FINE]


@pytest.mark.parametrize(("replies", "heard"), PASSES)
def test_what_can_be_mended_is_answered(replies, heard, caplog):
    with FakeModel(FINE) as model, rehearse(study(model), worlds=WORLDS) as rehearsal:
        ann = rehearsal.person("ann").arrives(opens=True)
        model.then(*replies)
        ann.says("how much?")
        assert ann.heard == [heard]
        assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_an_address_may_have_its_path_or_not(ending):
    with FakeModel(FINE) as model:
        bare = model.base_url.removesuffix("/v1")
        with rehearse(study(model, base_url=f"{bare}{ending}"), worlds=WORLDS) as rehearsal:
            ann = rehearsal.person("ann").arrives(opens=True)
            ann.says("how much?")
            assert ann.heard == [FINE]
