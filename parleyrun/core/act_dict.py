"""Acts with the methods that ParlAI's messages have."""

from __future__ import annotations

from typing import Any, Self

from .message import Act


class ActDict(Act):
    """An act that may be edited either way: `act["id"] = …` and `act.force_set("id", …)`."""

    def force_set(self, key: str, value: Any) -> None:
        """Set a value, whether or not there is one."""
        dict.__setitem__(self, key, value)

    def is_padding(self) -> bool:
        """Whether it only fills a batch up."""
        return bool(self.get("batch_padding", False))

    def json_safe_payload(self) -> dict[str, Any]:
        """Return what of it can be written as JSON."""
        return {str(key): plain for key, value in self.items() if (plain := _plain(value)) is not _NO_JSON}

    def copy(self) -> Self:
        """Return another of the same values."""
        return type(self)(self)


_NO_JSON = object()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): plain for key, item in value.items() if (plain := _plain(item)) is not _NO_JSON}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain for item in value if (plain := _plain(item)) is not _NO_JSON]
    number = getattr(value, "item", None)  # a scalar of numpy's or of torch's
    if callable(number) and getattr(value, "ndim", None) == 0:
        return number()
    return _NO_JSON
