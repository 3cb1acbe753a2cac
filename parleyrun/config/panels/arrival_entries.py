"""What stands under `arrival:`: from which panel people come, who they are to it, and who may come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.message import FrozenDict
from ...errors import PanelError
from ..diagnostics import Findings
from ..kinds import Choice, Flag, Several, Text
from ..schema import ArrivalConfig, CompletionEntry, Config
from ..sections import Field, Section
from .id_list import read_id_list
from .panel_presets import PANELS

_PARAMETER = "the name of a parameter in people's links"
_DEVICE = "desktop, tablet or mobile"
_BROWSER = "chrome, edge, firefox, safari, opera or samsung"

ARRIVAL = Section(
    "arrival",
    (
        Field(
            "panel",
            Choice(tuple(PANELS)),
            "the panel that people come from; it says what 'id' is and where completion codes lead, and has "
            "people take part once, with an id only",
            optional=True,
        ),
        Field(
            "id",
            Several(Text(_PARAMETER), _PARAMETER, "name"),
            "the parameter of a link that says who somebody is, in whatever case; of several the first that is "
            "there; null for none; default those of known panels",
            optional=True,
        ),
        Field(
            "links",
            Choice(("open", "signed", "single_use")),
            "'signed' lets in only who has a link that 'parleyrun links' made, or the token of their seat; "
            "'single_use' only the first of those who open such a link",
        ),
        Field("once", Flag(), "whether nobody comes back after the end of their visit"),
        Field("required", Flag(), "whether nobody comes in whose link does not say who they are"),
        Field(
            "allow",
            Text("the path of a file of ids"),
            "a file with the ids of those who may come in, one a line or in a column; nobody else is let in",
            optional=True,
        ),
        Field(
            "devices",
            Several(Choice(("desktop", "tablet", "mobile")), _DEVICE, "device"),
            "the kinds of device that people may come with; default all",
            optional=True,
        ),
        Field(
            "browsers",
            Several(Choice(("chrome", "edge", "firefox", "safari", "opera", "samsung")), _BROWSER, "browser"),
            "the browsers that people may come with; default all",
            optional=True,
        ),
    ),
    ArrivalConfig,
)


def arrival_of(checked: Mapping[str, Any]) -> ArrivalConfig:
    """Return what a checked section says, on the ground of what its panel is like."""
    preset = PANELS.get(checked.get("panel") or "")
    ground: dict[str, Any] = {}
    if preset is not None:
        ground = {"id": (preset.id,), "links": preset.links, "once": True, "required": True}
    given = {name: value for name, value in checked.items() if value is not None}
    if "id" in checked:
        given["id"] = checked["id"] or ()
    return ArrivalConfig(**{**ground, **given})


def with_panels_links(
    completion: Mapping[str, CompletionEntry], panel: str | None
) -> Mapping[str, CompletionEntry]:
    """Return the outcomes with the panel's own link where there is a code and no link."""
    link = PANELS[panel].link if panel is not None else None
    if link is None:
        return completion
    return FrozenDict(
        {
            outcome: replace(entry, link=link) if entry.code and entry.link is None else entry
            for outcome, entry in completion.items()
        }
    )


def check_arrival(config: Config, findings: Findings) -> Config:
    """Find ids that nobody could have, and return the config with those who may come in, if there is a list."""
    arrival = config.arrival
    wants_id = "allow" if arrival.allow is not None else "required" if arrival.required else None
    if wants_id is not None and not arrival.id:
        message = f"expected a parameter at arrival.id, as '{wants_id}' asks for an id, got none"
        findings.add("missing-key", ("arrival", "id"), message, "nobody could come in")
    if arrival.links != "open" and not arrival.id:
        message = f"expected a parameter at arrival.id, as links are '{arrival.links}', got none"
        findings.add("missing-key", ("arrival", "id"), message, "nobody could come in")
    if arrival.allow is None:
        return config
    folder = Path() if config.path is None else config.path.parent
    try:
        listed = read_id_list(folder / arrival.allow, arrival.id)
    except PanelError as error:
        findings.add("id-list", ("arrival", "allow"), str(error), "a path is looked for beside the config")
        return config
    if listed.again:
        shown = ", ".join(listed.again[:3]) + (" …" if len(listed.again) > 3 else "")
        findings.add("id-twice", ("arrival", "allow"), f"expected each id once, got {shown} again")
    return replace(config, arrival=replace(arrival, allowed=frozenset(listed.ids)))
