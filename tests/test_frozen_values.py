"""Frozen values that are quickly made are what dataclasses make of them in every other way."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import KW_ONLY, FrozenInstanceError, asdict, dataclass, field, replace

import pytest

from parleyrun.frozen_values import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Word:
    text: str
    at: float = 0.5
    _: KW_ONLY
    tags: tuple[str, ...] = ("plain",)


@dataclass(frozen=True, slots=True)
class Slow:
    text: str
    at: float = 0.5
    _: KW_ONLY
    tags: tuple[str, ...] = ("plain",)


def test_it_has_the_fields_that_it_is_given_and_defaults_for_the_others():
    assert asdict(Word("hi")) == {"text": "hi", "at": 0.5, "tags": ("plain",)}
    assert asdict(Word("hi", 2.0, tags=())) == {"text": "hi", "at": 2.0, "tags": ()}
    assert Word("hi") == Word(text="hi", at=0.5)
    assert hash(Word("hi")) == hash(Word("hi"))
    assert repr(Word("hi")) == "Word(text='hi', at=0.5, tags=('plain',))"


def test_it_is_frozen_and_of_its_own_class():
    word = Word("hi")
    assert type(word) is Word
    with pytest.raises(FrozenInstanceError):
        word.text = "ho"  # type: ignore[misc]  # that is what is tried
    with pytest.raises(FrozenInstanceError):
        del word.text  # type: ignore[misc]


@pytest.mark.parametrize("arguments", [((), {}), (("hi", 1.0, ()), {}), (("hi",), {"loud": True})])
def test_wrong_arguments_are_refused_as_elsewhere(arguments):
    given, named = arguments
    for kind in (Word, Slow):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            kind(*given, **named)


def test_it_can_be_copied_pickled_and_replaced():
    word = Word("hi", 1.0, tags=("a",))
    assert replace(word, text="ho") == Word("ho", 1.0, tags=("a",))
    for again in (copy.copy(word), copy.deepcopy(word), pickle.loads(pickle.dumps(word))):
        assert again == word
        assert type(again) is Word


def test_its_signature_is_shown():
    assert inspect.signature(Word) == inspect.signature(Slow)


@dataclass(frozen=True, slots=True)
class WithList:
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Open:
    text: str


@dataclass(frozen=True)
class WithoutSlots:
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    text: str

    def __post_init__(self) -> None:
        raise AssertionError(self.text)


@pytest.mark.parametrize("kind", [WithList, Open, WithoutSlots, Checked, int])
def test_other_classes_are_refused(kind):
    with pytest.raises(TypeError, match=f"expected .*, got {kind.__name__}"):
        quickly_made(kind)
