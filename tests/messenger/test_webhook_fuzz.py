"""Whatever is posted, the answer is one of those that are meant, and the next request is answered as ever."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webhook_lab import PAGE, IntakeLab, attached, document, echo, event, image, said

from parleyrun.events import Inbound, Receipt

SHAPES = [
    said("hello", quick_reply={"payload": "HELLO"}, reply_to={"mid": "m_0"}),
    attached(image(), {"type": "fallback", "title": "t", "url": "https://a"}, text="look"),
    echo(metadata="tag:77:3.0", app_id=5),
    event(postback={"mid": "m_2", "title": "Start", "payload": "GET_STARTED", "referral": {"ref": "r"}}),
    event(referral={"ref": "r", "source": "s", "type": "OPEN_THREAD"}),
    event(reaction={"mid": "m_1", "action": "react", "emoji": "❤", "reaction": "love"}),
    event(message_edit={"mid": "m_1", "text": "t", "num_edit": 1}),
    event(delivery={"mids": ["m_1"], "watermark": 1_790_000_000_000}),
    event(read={"watermark": 1_790_000_000_000}),
    event(optin={"ref": "r"}),
]

few = examples(150)
few_with_lab = settings(few, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.text(st.characters(exclude_categories=()), max_size=20)
numbers = (
    st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**4000])
)
leaves = st.none() | st.booleans() | numbers | texts | st.sampled_from([PAGE, "77", "m_1", "page", "react"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


@st.composite
def nearly_right(draw: st.DrawFn) -> Any:
    """A notification of the right shape, with a few values in it put in the place of others."""
    content = copy.deepcopy(document(*draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=4))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(content)[1:] or [()]))
        where = content
        for key in path[:-1]:
            where = where[key]
        if path and draw(st.booleans()):
            where[path[-1]] = draw(values)
        elif path:
            del where[path[-1]]
    return content


@pytest.fixture
def lab(caplog: pytest.LogCaptureFixture) -> Iterator[IntakeLab]:
    """An intake before a service that takes only what can be recorded; nothing may be logged as an error."""
    with IntakeLab() as lab:
        lab.receipt = check_inbound
        yield lab
        assert lab.take(said("as ever", "m_last")) == 200
        assert lab.inbounds[-1].text == "as ever"
    assert [record for record in caplog.get_records("call") if record.levelname == "ERROR"] == []


def check_inbound(inbound: Inbound) -> Receipt:
    for text in (inbound.participant_id, inbound.message_id, inbound.text):
        text.encode()
    json.dumps(inbound.payload).encode()
    assert inbound.participant_id.startswith("messenger:")
    assert inbound.participant_id != f"messenger:{PAGE}"
    assert 0 < inbound.at <= 1_790_000_000.0
    return Receipt(1)


@few_with_lab
@given(content=nearly_right())
def test_a_notification_with_mistakes_is_taken_as_far_as_it_is_right(lab: IntakeLab, content: Any) -> None:
    assert lab.post(json.dumps(content).encode()).status() in (200, 400)


@few_with_lab
@given(content=nearly_right(), data=st.data())
def test_so_are_its_bytes_cut_off_or_changed(lab: IntakeLab, content: Any, data: st.DataObject) -> None:
    written = json.dumps(content).encode()
    at = data.draw(st.integers(0, len(written)))
    inserted = data.draw(st.binary(max_size=4))
    assert lab.post(written[:at] + inserted).status() in (200, 400)
    assert lab.post(written[:at] + inserted + written[at + 1 :]).status() in (200, 400)


@few_with_lab
@given(content=st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_so_is_anything_else(lab: IntakeLab, content: bytes) -> None:
    assert lab.post(content).status() in (200, 400)


@few_with_lab
@given(content=st.binary(max_size=200), signature=texts)
def test_nothing_gets_in_with_a_made_up_signature(lab: IntakeLab, content: bytes, signature: str) -> None:
    assert lab.post(content, signature).status() == 403


@few
@given(params=st.dictionaries(st.sampled_from(["hub.mode", "hub.verify_token", "hub.challenge"]) | texts, texts))
def test_nobody_guesses_the_verify_token(params: dict[str, str]) -> None:
    assert IntakeLab().intake.verify(params) is None
