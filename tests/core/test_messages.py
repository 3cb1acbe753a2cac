"""Acts: what authors may say, and what is refused with which words."""

import pickle
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parleyrun import ActError, Message
from parleyrun.core.message import message_from_act


def test_an_act_becomes_a_message_and_comes_back_the_same():
    act = {
        "id": "Robin",
        "text": "hello",
        "episode_done": True,
        "quick_replies": ["yes", "no"],
        "payload": {"type": "image", "url": "https://example.org/a.png"},
        "image": True,
        "persona_id": "p",
        "carried_line": "memory:ann#1",
        "mood": {"calm": [1, 2]},
    }
    again = message_from_act(act).to_act()
    assert {**again, "mood": None} == {**act, "mood": None}
    assert again["mood"] == {"calm": (1, 2)}


def test_an_act_of_nothing_but_text_gets_plain_defaults():
    assert message_from_act({"text": "hi"}).to_act() == {"id": "", "text": "hi", "episode_done": False}


def test_text_and_id_may_be_left_out_or_be_none():
    assert message_from_act({"text": None, "id": None}) == Message()
    assert message_from_act({}) == Message()


def test_a_message_is_taken_as_it_is():
    message = Message("hi")
    assert message_from_act(message) is message


def test_changing_an_act_afterwards_does_not_change_the_message():
    replies, payload = ["a"], {"type": "image", "tags": ["x"]}
    message = message_from_act({"text": "", "quick_replies": replies, "payload": payload})
    replies.append("b")
    payload["tags"].append("y")
    assert message.quick_replies == ("a",)
    assert message.payload == {"type": "image", "tags": ("x",)}


def test_an_act_given_out_can_be_changed_without_changing_the_message():
    message = message_from_act({"text": "t", "quick_replies": ["a"], "payload": {"type": "image"}})
    act = message.to_act()
    act["quick_replies"].append("b")
    act["payload"]["url"] = "changed"
    assert message.to_act() == {
        "id": "",
        "text": "t",
        "episode_done": False,
        "quick_replies": ["a"],
        "payload": {"type": "image"},
        "image": True,
    }


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (None, "expected an act (a dict with at least 'text'), got None"),
        ("hello", "expected an act (a dict with at least 'text'), got str 'hello'"),
        (["hello"], "expected an act"),
        ({"text": b"bytes"}, "expected a string at 'text', got bytes"),
        ({"text": "", "id": {}}, "expected a string at 'id', got dict {}"),
        ({"text": "", "persona_id": []}, "expected a string at 'persona_id', got list []"),
        ({"text": "", "carried_line": ()}, "expected a string at 'carried_line', got tuple ()"),
        (
            {"text": "", "quick_replies": "yes"},
            "expected some strings at 'quick_replies', such as a list, got str",
        ),
        ({"text": "", "quick_replies": 7}, "expected some strings at 'quick_replies', such as a list, got int 7"),
        ({"text": "", "quick_replies": ["a", []]}, "expected a string at 'quick_replies[1]', got list []"),
        ({"text": "", "payload": "cat.png"}, "expected a mapping with a 'type' at 'payload', got str"),
        ({"text": "", "payload": {}}, "expected a string such as 'image' at 'payload.type', got None"),
        ({"text": "", "payload": {"type": ""}}, "at 'payload.type'"),
        ({"text": "", "payload": {"type": 3}}, "at 'payload.type', got int 3"),
    ],
)
def test_an_act_of_the_wrong_shape_is_refused_with_what_was_expected(act, words):
    with pytest.raises(ActError) as refused:
        message_from_act(act)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("replies", "message"),
    [
        ({"echo": 1, "chat": 2}.keys(), ("echo", "chat")),
        ({"echo": 1, "chat": 2}, ("echo", "chat")),
        ((name for name in ("echo", "chat")), ("echo", "chat")),
        (map(str, range(2)), ("0", "1")),
        (("a", 2, 0.5, None), ("a", "2", "0.5")),
        (range(3), ("0", "1", "2")),
        (None, ()),
    ],
)
def test_quick_replies_are_whatever_can_be_gone_through_with_numbers_as_text(replies, message):
    assert message_from_act({"text": "t", "quick_replies": replies}).quick_replies == message


def test_replies_that_can_be_gone_through_once_reach_everybody_who_is_shown_the_act():
    act = {"text": "t", "quick_replies": (name for name in ("a", "b"))}
    assert [message_from_act(act).quick_replies for _ in range(2)] == [("a", "b")] * 2


@pytest.mark.parametrize(("given", "text"), [(5, "5"), (0.5, "0.5"), (True, "True"), (None, ""), ("", "")])
def test_numbers_and_none_are_taken_for_text(given, text):
    message = message_from_act({"text": given, "id": given})
    assert (message.text, message.id) == (text, text)


def test_a_value_that_cannot_be_recorded_is_left_out_and_told_of():
    told = []
    act = {"text": "t", "loss": threading.Lock(), "metrics": {"a": [threading.Lock()], "b": 1}, "score": 0.5}
    message = message_from_act(act, lambda path, why: told.append((path, why[:50])))
    assert dict(message.extra) == {"score": 0.5}
    assert told == [
        ("loss", "cannot be recorded, as it cannot be pickled: lock "),
        ("metrics.a[0]", "cannot be recorded, as it cannot be pickled: lock "),
    ]


def test_an_image_is_told_of_by_an_act_as_parlais_authors_know_it_and_kept_once():
    message = message_from_act({"text": "look", "payload": {"type": "image", "url": "https://a/b.png"}})
    act = message.to_act()
    assert (act["image"], act["text"]) == (True, "look")
    assert message_from_act(act) == message
    assert "image" not in message_from_act({"text": "", "payload": {"type": "file", "url": "u"}}).to_act()
    assert message_from_act({"text": "", "image": "https://a/b.png"}).extra == {"image": "https://a/b.png"}
    assert message_from_act({"text": "", "image": True}).extra == {"image": True}


@pytest.mark.parametrize("where", ["mood", "payload"])
def test_what_cannot_be_pickled_is_refused_with_its_path(where):
    value = {"type": "image", "deep": [{"lock": threading.Lock()}]}
    with pytest.raises(ActError, match=r"deep\[0\]\.lock' cannot be recorded"):
        message_from_act({"text": "", where: value})


def test_an_endless_wrong_value_is_not_quoted_whole():
    with pytest.raises(ActError) as refused:
        message_from_act({"text": ["x"] * 10_000})
    assert len(str(refused.value)) < 200


def test_a_subclass_of_str_becomes_a_plain_string():
    class Shout(str):
        pass

    assert type(message_from_act({"text": Shout("HI")}).text) is str


ACTS = st.fixed_dictionaries(
    {"text": st.text(), "id": st.text()},
    optional={
        "episode_done": st.booleans(),
        "quick_replies": st.lists(st.text(), min_size=1),
        "payload": st.dictionaries(st.text(), st.integers()).map(lambda more: {**more, "type": "file"}),
        "persona_id": st.text(),
    },
)


@settings(deadline=None)
@given(ACTS)
def test_every_sound_act_survives_the_way_there_and_back_and_pickling(act):
    message = message_from_act(act)
    assert message.to_act() == {"episode_done": False, **act}
    assert message_from_act(message.to_act()) == message
    assert pickle.loads(pickle.dumps(message)) == message
    assert hash(message) == hash(pickle.loads(pickle.dumps(message)))


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_handed_over_is_either_a_message_or_an_act_error(value):
    try:
        message = message_from_act(value)
    except ActError:
        return
    assert isinstance(message, Message)
