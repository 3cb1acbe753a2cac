"""Placeholders for classes and functions that only ParlAI itself has: they may be named, and not used."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any, NoReturn

from ..errors import AgentError


class _Placeholder(ABCMeta):  # so that a class may inherit from one, and from an agent or a metric of ours
    """The class of placeholders, and of classes that inherit from one: calling any of them raises."""

    stands_for: str

    def __call__(cls, *_args: Any, **_more: Any) -> NoReturn:
        raise AgentError(_needed(cls.stands_for))

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(_needed(f"{cls.stands_for}.{name}"))


def placeholder(whole: str) -> type[Any]:
    """Return what stands for a name that only ParlAI itself has.

    It is a class, so that others can inherit from it and annotations can name it. Using it raises `AgentError`.

    Args:
        whole: The name, with its module: `parlai.core.torch_agent.TorchAgent`.
    """
    module, _, name = whole.rpartition(".")
    made: type[Any] = _Placeholder(name, (), {"__module__": module, "stands_for": whole})
    return made


def _needed(whole: str) -> str:
    return (
        f"{whole} needs ParlAI itself, and torch: pip install parlai, and write compat: off in the config "
        "(a model behind a server needs neither: --model NAME=chat_completions:http://…)"
    )
