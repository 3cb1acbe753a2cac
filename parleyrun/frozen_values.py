"""Frozen values that are made often: several for each message on its way."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(cls: type[T]) -> type[T]:
    """Have the instances of a frozen dataclass made in a third of the time.

    A frozen dataclass cannot set its own fields as others do, and so it calls a function for each of them. Here an
    instance is given its fields while it is of a class that has the same slots and is not frozen.

    Args:
        cls: Frozen, with slots, and with nothing to do after its fields are there.

    Returns:
        The same class.

    Raises:
        TypeError: It is another kind of class.
    """
    parameters = getattr(cls, "__dataclass_params__", None)
    own = () if parameters is None else fields(cls)  # type: ignore[arg-type]  # it is one
    if not getattr(parameters, "frozen", False) or "__slots__" not in cls.__dict__ or not all(map(_is_plain, own)):
        raise TypeError(f"expected a frozen dataclass with slots and plain fields, got {cls.__name__}")
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"expected a class that has nothing to do after its fields are there, got {cls.__name__}")
    names: dict[str, Any] = {f"_{field.name}": field.default for field in own}
    names["_become"] = object.__setattr__
    names["_Open"] = type(f"Open{cls.__name__}", (), {"__slots__": cls.__dict__["__slots__"]})
    exec(_source(own), names)  # noqa: S102  # as dataclasses does: nothing but names of fields is in it
    cls.__init__ = wraps(cls.__init__)(names["__init__"])  # type: ignore[method-assign]  # it has the same signature
    return cls


def _is_plain(field: Field[Any]) -> bool:
    return field.init and field.default_factory is MISSING


def _source(own: tuple[Field[Any], ...]) -> str:
    """Return the source of an `__init__` for these fields."""
    by_place = [_parameter(field) for field in own if not field.kw_only]
    by_name = [_parameter(field) for field in own if field.kw_only]
    parameters = ", ".join(["self", *by_place, *(["*", *by_name] if by_name else [])])
    sets = "\n".join(f"    self.{field.name} = {field.name}" for field in own)
    return (
        f"def __init__({parameters}):\n"
        "    frozen = self.__class__\n"
        "    _become(self, '__class__', _Open)\n"
        f"{sets}\n"
        "    self.__class__ = frozen\n"
    )


def _parameter(field: Field[Any]) -> str:
    return field.name if field.default is MISSING else f"{field.name}=_{field.name}"
