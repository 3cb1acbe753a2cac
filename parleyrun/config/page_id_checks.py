"""Whether the ids of Facebook pages could be some."""

from __future__ import annotations

from ..text import quoted
from .diagnostics import Findings, KeyPath
from .schema import Config

_PLACEHOLDER_PAGE = "1"


def could_be_page_id(text: str) -> bool:
    """Return whether a text could be the id of a page; the placeholder of templates is none."""
    return text.isascii() and text.isdigit() and not text.startswith("0") and text != _PLACEHOLDER_PAGE


def check_page_ids(config: Config, findings: Findings) -> None:
    """Find pages that could not be spoken for, where Messenger is a door."""
    several = len(config.page_ids) > 1
    for index, page_id in enumerate(config.page_ids):
        _check_page(page_id, ("page_id", index) if several else ("page_id",), findings)
    if several and config.messenger is not None and config.messenger.page_token is not None:
        variables = " and ".join(f"PARLEYRUN_PAGE_TOKEN_{page_id}" for page_id in config.page_ids)
        findings.add(
            "both-given",
            ("channels", "messenger", "page_token"),
            f"expected a token for each of {len(config.page_ids)} pages, got one for all",
            f"take it out and set {variables}",
            at_key=True,
        )
    if not config.page_ids:
        if findings.has_error_at(("page_id",)):
            return  # it is there, and wrong
        findings.add(
            "missing-key",
            ("channels", "messenger"),
            "expected the key 'page_id' at the top (the page that Messenger speaks for)",
            "add page_id; --channel browser needs no page",
            at_key=True,
        )


def _check_page(page_id: str, path: KeyPath, findings: Findings) -> None:
    if page_id == _PLACEHOLDER_PAGE:
        findings.add(
            "placeholder-page-id",
            path,
            "expected the id of your Facebook page, got the placeholder 1",
            "put your page's id here (docs/messenger.md says where it is found); --channel browser needs no page",
        )
    elif not could_be_page_id(page_id):
        findings.add(
            "wrong-form",
            path,
            f"expected the id of your Facebook page, all digits and the first no 0, got {quoted(page_id)}",
            "docs/messenger.md says where it is found; --channel browser needs no page",
        )
