"""With what somebody comes, by what browsers say of themselves."""

from __future__ import annotations

import pytest

from parleyrun.study.devices import Device, device_of, unfit

AGENTS = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/143.0.0.0 Safari/537.36",
        Device("desktop", "chrome"),
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
        "Safari/537.36 Edg/143.0.0.0",
        Device("desktop", "edge"),
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", Device("desktop", "firefox")),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
        "Safari/605.1.15",
        Device("desktop", "safari"),
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "CriOS/143.0 Mobile/15E148 Safari/604.1",
        Device("mobile", "chrome"),
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/24.0 "
        "Chrome/117.0.0.0 Mobile Safari/537.36",
        Device("mobile", "samsung"),
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/143.0.0.0 Safari/537.36",
        Device("tablet", "chrome"),
    ),
    ("Mozilla/5.0 (Android 14; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", Device("mobile", "firefox")),
    ("Mozilla/5.0 (Android 14; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0", Device("tablet", "firefox")),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 15236.80.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 "
        "Safari/537.36 OPR/100.0",
        Device("desktop", "opera"),
    ),
    ("curl/8.5.0", Device()),
    ("", Device()),
]


@pytest.mark.parametrize(("agent", "device"), AGENTS)
def test_browsers_are_known_by_what_they_say(agent: str, device: Device) -> None:
    assert device_of(agent) == device


def test_a_tablet_that_says_it_is_a_computer_is_known_by_its_screen() -> None:
    agent = AGENTS[3][0]
    assert device_of(agent, touch_points=5) == Device("tablet", "safari")
    assert device_of(agent, touch_points=0) == Device("desktop", "safari")


@pytest.mark.parametrize(
    ("device", "why"),
    [
        (Device("desktop", "chrome"), None),
        (Device("mobile", "chrome"), "wrong_device"),
        (Device("desktop", "safari"), "wrong_browser"),
        (Device("", ""), None),
        (Device("", "safari"), "wrong_browser"),
    ],
)
def test_whom_nobody_can_tell_is_let_in(device: Device, why: str | None) -> None:
    assert unfit(device, ["desktop"], ["chrome", "firefox"]) == why
    assert unfit(device, [], []) is None
