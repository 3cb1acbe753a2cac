"""Share tables by the names of models: what worlds find at `opt['shared_bot_params']`."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any

from ..core.message import FrozenDict
from ..errors import AgentError
from ..text import did_you_mean


class ShareTables(FrozenDict):
    """The share table of each model, for `create_agent_from_shared(opt['shared_bot_params']['seller'])`.

    It is a part of `opt`, which is there before any model is built, and so looks its tables up when it is asked.
    """

    __slots__ = ("_one_for_all", "_tables")

    def __init__(self, tables: Mapping[str, Mapping[str, Any]], one_for_all: str | None = None) -> None:
        """Stand for tables that may not be there yet.

        Args:
            tables: Holds the tables, once they are there.
            one_for_all: The model whose table is at hand without a name, too.
        """
        super().__init__()
        self._tables = tables
        self._one_for_all = one_for_all

    def __missing__(self, name: str) -> Any:
        whole = self._whole()
        if name in whole:
            return whole[name]
        hint = did_you_mean(str(name), list(self._tables), "models")
        raise AgentError(f"expected the name of a model, got {name!r:.60}: {hint or 'there is none yet'}")

    def get(self, name: str, default: Any = None) -> Any:
        return self._whole().get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __bool__(self) -> bool:
        return bool(self._whole())

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # a view of what there is now
        return self._whole().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]  # as above
        return self._whole().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]  # as above
        return self._whole().items()

    def copy(self) -> dict[str, Any]:
        return dict(self._whole())

    def __deepcopy__(self, _memo: dict[int, Any]) -> ShareTables:
        # Authors of ParlAI's copy opt as a whole; what models share is shared in all copies.
        return self

    def __repr__(self) -> str:
        return f"ShareTables({', '.join(self._tables)})"

    def _whole(self) -> dict[str, Any]:
        alone = self._tables.get(self._one_for_all) if self._one_for_all else None
        return {**(alone or {}), **self._tables}
