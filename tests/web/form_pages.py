"""Forms as the server sends them, for the tests of the page."""

from __future__ import annotations

from typing import Any

from chat_page_server import Frame, Peer, line

from parleyrun import Form
from parleyrun.channels.browser.form_markup import form_with_markup
from parleyrun.core.forms.form_payloads import form_payload
from parleyrun.core.forms.form_state import FormState
from parleyrun.core.message import FrozenDict

WORDS = ["never", "rarely", "sometimes", "often", "always"]

EVERY_KIND: dict[str, Any] = {
    "agree": {"kind": "yes_no", "ask": "Do you agree?"},
    "place": {"kind": "choice", "ask": "Where?", "options": ["in the north", "in the south"]},
    "country": {"kind": "choice", "ask": "Which country?", "options": [f"Land {n}" for n in range(20)]},
    "likes": {"kind": "choices", "ask": "What?", "options": ["tea", "milk", {"label": "none", "alone": True}]},
    "glad": {"kind": "scale", "ask": "How glad?", "from": 1, "to": 7, "low": "not at all", "high": "very"},
    "friend": {"kind": "scale", "ask": "Would you tell a friend?", "from": 0, "to": 10},
    "often": {"kind": "scale", "ask": "How often?", "from": 1, "to": 5, "labels": WORDS, "numbers": False},
    "age": {"kind": "number", "ask": "How old?", "whole": True, "min": 18, "max": 120, "unit": "years"},
    "name": {"kind": "text", "ask": "What shall we call you?", "example": "Kim"},
    "why": {"kind": "text", "ask": "Why?", "lines": 3, "max_length": 200},
    "born": {"kind": "date", "ask": "When?", "earliest": "1900-01-01", "latest": "2010-12-31"},
    "warm": {"kind": "slider", "ask": "How warm?", "from": 0, "to": 10, "low": "cold", "high": "hot"},
    "best": {"kind": "rank", "ask": "In which order?", "options": ["a", "b", "c"]},
    "they": {"kind": "matrix", "ask": "They were", "items": ["kind", "clever"], "from": 1, "to": 5},
    "did": {"kind": "matrix", "ask": "They", "items": ["asked", "listened"], "from": 1, "to": 5, "labels": WORDS},
    "read": {"kind": "info", "text": "*Thank you.*"},
}


class ShownForm:
    """A form that the page is shown, and what its server makes of it.

    Args:
        values: The form, as in a config.
        seq: Which line it is.
        number: Tells it from other forms.
    """

    def __init__(self, values: dict[str, Any], seq: int = 1, number: int = 7) -> None:
        self.state = FormState(Form.from_mapping(values, "rating"), "browser:a", number=number)
        self._number = number
        self.line = self._line(seq, form_with_markup(FrozenDict(form_payload(self.state))))
        self._seq = seq

    @staticmethod
    def _line(seq: int, payload: Any) -> Frame:
        return line(seq, "", "", payload=payload)

    def judges(self, peer: Peer, *, page: int = 1, status: str = "open", settled: Any = (), **errors: str) -> None:
        """Have the server say this of the form."""
        self._seq += 1
        errors = {"" if name == "form" else name: text for name, text in errors.items()}
        which = {"type": "form_state", "form": "rating", "number": self._number, "status": status, "page": page}
        peer.send(self._line(self._seq, {**which, "settled": list(settled), "errors": errors}))

    def takes(self, peer: Peer) -> Frame:
        """Take the next answers, put them on record, and return them."""
        self._seq += 1
        payload = peer.take(self._seq)["payload"]
        assert payload["type"] == "answers"
        assert (payload["form"], payload["number"]) == ("rating", self._number)
        return payload

    def takes_all(self, peer: Peer) -> Frame:
        """Take answers until the person goes on; return all of it as one."""
        answers: dict[str, Any] = {}
        while True:
            payload = self.takes(peer)
            answers |= payload["answers"]
            if "page" in payload or "done" in payload:
                return {**payload, "answers": answers}
