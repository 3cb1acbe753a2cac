"""What stands under `completion:`: for each way in which a visit can end, a code, a link back, and words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from urllib.parse import parse_qsl, urlsplit

from ...core.message import FrozenDict
from ...text import quoted
from ..diagnostics import Findings
from ..kinds import Shaped, Text
from ..schema import CompletionEntry, Config
from ..sections import Field, Section

COMPLETIONS: Mapping[str, str] = FrozenDict(
    {
        "finished": "somebody whose conversation came to its end",
        "screened_out": "somebody whom an onboarding turned away",
        "declined": "somebody who did not agree to take part",
        "failed_attention": "somebody who failed the checks of a form",
        "no_partner": "somebody who waited for others in vain",
        "study_full": "somebody who came when there were enough people",
        "partner_left": "somebody whose conversation ended because another person left, or did not answer",
        "timed_out": "somebody who did not answer in time",
        "left": "somebody who went away in the middle; told if they come back",
        "wrong_device": "somebody who came with a device or a browser that will not do",
        "failed": "somebody for whom something went wrong on our side",
    }
)
"""The ways in which a visit can end, and of whom each is."""

FINISHED = "finished"
OWN_PLACEHOLDERS = ("code", "id")
"""What can stand in the braces of a link besides the parameters by which somebody came."""

_CODE_PARAMETERS = ("cc", "code", "completion_code")
_CODE = r"[^\s]{1,100}"
_LINK = r"https?://[^\s/][^\s]*"

_ENTRY = Section(
    "an outcome",
    (
        Field(
            "code",
            Shaped(
                "a code without blanks, such as C1AB", _CODE, "leave the key out for an outcome without a code"
            ),
            "the completion code that people are shown",
            optional=True,
        ),
        Field(
            "link",
            Shaped("an address that begins with https:// or http://", _LINK, "write all of it"),
            "where the button on the end page leads; {code}, {id} and {NAME} of a link's parameter are filled in",
            optional=True,
        ),
        Field("text", Text("a sentence"), "what the end page says; default our own sentence", optional=True),
    ),
    CompletionEntry,
)

COMPLETION = Section(
    "completion", tuple(Field(name, _ENTRY, f"for {of_whom}") for name, of_whom in COMPLETIONS.items())
)


def link_placeholders(link: str) -> list[str] | None:
    """Return the names in the braces of a link; None where they make no placeholders."""
    try:
        parts = list(Formatter().parse(link))
    except ValueError:
        return None
    named = [(name, spec, conversion) for _, name, spec, conversion in parts if name is not None]
    if any(spec or conversion or not re.fullmatch(r"[A-Za-z0-9_-]+", name) for name, spec, conversion in named):
        return None
    return [name for name, _, _ in named]


def check_completion(config: Config, findings: Findings) -> None:
    """Find outcomes that say nothing, codes that two have, and links that tell another code than people see."""
    owners: dict[str, str] = {}
    for outcome, entry in config.completion.items():
        path = ("completion", outcome)
        if not findings.has_error_at(path) and not (entry.code or entry.link or entry.text):
            message = f"expected a code, a link or a text for '{outcome}', got none of them"
            findings.add(
                "missing-key", path, message, "remove the outcome, or say what people are told", at_key=True
            )
        if entry.code in owners:
            message = f"expected a code of its own, got {quoted(entry.code)} of '{owners[entry.code]}' again"
            findings.add("code-twice", (*path, "code"), message, "make another code at the panel")
        elif entry.code is not None:
            owners[entry.code] = outcome
        if entry.link is not None:
            _check_link(outcome, entry.link, entry.code, findings)
    if config.completion and FINISHED not in config.completion and not findings.has_error_at(("completion",)):
        message = "expected the outcome 'finished' too: whoever comes to the end is told no code"
        findings.add("no-finished", ("completion",), message, "add finished: {code: …}", at_key=True)


def _check_link(outcome: str, link: str, code: str | None, findings: Findings) -> None:
    path = ("completion", outcome, "link")
    names = link_placeholders(link)
    if names is None:
        message = f"expected braces that hold a name, such as {{code}}, got {quoted(link)}"
        findings.add("malformed-text", path, message, "write {{ and }} for braces that are meant to be there")
        return
    if "code" in names and code is None:
        message = f"expected a code for '{outcome}', as its link asks for one"
        findings.add("missing-key", path, message, "add code: …")
    parts = urlsplit(link)
    if parts.hostname == "app.prolific.co":
        message = "expected app.prolific.com: app.prolific.co is not answered any more"
        findings.add("wrong-form", path, message, "write https://app.prolific.com/submissions/complete?cc=…")
    told = {name: value for name, value in parse_qsl(parts.query) if name in _CODE_PARAMETERS}
    for name, value in told.items():
        if "{" not in value and value != code:
            got = f"code {quoted(code)}" if code is not None else "no code"
            message = f"expected the code of the link ({name}={value[:80]}) at 'code' too, got {got}"
            findings.add("other-code", path, message, f"write code: {value[:80]}, or {name}={{code}} in the link")
