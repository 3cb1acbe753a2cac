"""Devices: with what somebody comes, by how their browser introduces itself, and whether that will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BROWSER_NAMES = {
    "chrome": "Chrome",
    "edge": "Edge",
    "firefox": "Firefox",
    "safari": "Safari",
    "opera": "Opera",
    "samsung": "Samsung Internet",
}
"""What browsers call themselves in front of people, by their names in a config."""

# Most of them say that they are several of the others too, so the first that fits counts.
_BROWSERS = (
    ("edge", ("edg/", "edga/", "edgios/")),
    ("samsung", ("samsungbrowser/",)),
    ("opera", ("opr/", "opera", "opios/", "opt/")),
    ("firefox", ("firefox/", "fxios/")),
    ("chrome", ("chrome/", "chromium/", "crios/")),
    ("safari", ("safari/",)),
)
_TABLETS = ("ipad", "tablet", "kindle", "silk/", "playbook")
_PHONES = ("iphone", "ipod", "windows phone", "mobile")
_COMPUTERS = ("windows nt", "macintosh", "x11", "cros ")

Unfit = Literal["wrong_device", "wrong_browser"]
"""Why a device will not do; also the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Device:
    """With what somebody comes: desktop, tablet or mobile, and which browser; empty where nobody can tell."""

    kind: str = ""
    browser: str = ""


def device_of(agent: str, touch_points: int = 0) -> Device:
    """Return what a browser says it is, and where it runs.

    Args:
        agent: Its `User-Agent`.
        touch_points: How many fingers its screen feels at once, as far as it has said so; tablets of Apple say
            in the `User-Agent` that they are computers.
    """
    said = agent.casefold()
    browser = next((name for name, marks in _BROWSERS if any(mark in said for mark in marks)), "")
    return Device(_kind(said, touch_points), browser)


def unfit(device: Device, devices: Sequence[str], browsers: Sequence[str]) -> Unfit | None:
    """Return why somebody cannot take part with a device; None if they can, or if nobody can tell.

    Args:
        device: Theirs.
        devices: The kinds that will do; none for all.
        browsers: The browsers that will do; none for all.
    """
    if devices and device.kind and device.kind not in devices:
        return "wrong_device"
    if browsers and device.browser and device.browser not in browsers:
        return "wrong_browser"
    return None


def _kind(said: str, touch_points: int) -> str:
    if any(mark in said for mark in _TABLETS) or ("macintosh" in said and touch_points > 1):
        return "tablet"
    if "android" in said:
        return "mobile" if "mobile" in said else "tablet"
    if any(mark in said for mark in _PHONES):
        return "mobile"
    return "desktop" if any(mark in said for mark in _COMPUTERS) else ""
