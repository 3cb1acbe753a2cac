"""Page neighbours: what the pages of one service share."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class PageNeighbours:
    """Knows the pages, and what has another id on each of them: uploads and personas. Any thread.

    Authors are given the id of the first page, which the others then translate.
    """

    def __init__(self, page_ids: Collection[str]) -> None:
        self.page_ids = frozenset(page_ids)
        self._own_ids: dict[str, Mapping[str, str]] = {}

    def share(self, own_ids: Mapping[str, str]) -> str:
        """Take what each page calls the same thing, by page; return what authors call it."""
        shared_id = next(iter(own_ids.values()))
        self._own_ids[shared_id] = dict(own_ids)
        return shared_id

    def own_ids(self, shared_id: str) -> Mapping[str, str]:
        """Return what each page calls it; nothing if it is not shared."""
        return self._own_ids.get(shared_id, {})

    def own_id(self, page_id: str, shared_id: str) -> str:
        """Return what a page calls it; what is not shared keeps its id."""
        return self.own_ids(shared_id).get(page_id, shared_id)

    def forget(self, shared_id: str) -> None:
        self._own_ids.pop(shared_id, None)
