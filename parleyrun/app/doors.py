"""The doors of a config: the channels people come through, and the web server that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..channels.browser.browser_channel import BrowserChannel
from ..config.schema import BrowserConfig, Config
from ..events import Channel
from ..runner.timers import Timers
from ..service.service import Service
from .app import Server

if TYPE_CHECKING:
    from ..channels.messenger.messenger_channel import MessengerChannel
    from ..channels.messenger.settings import MessengerSettings


@dataclass(frozen=True, slots=True)
class Doors:
    """The channels that a config opens, still closed. At least one of the two is there."""

    browser: BrowserChannel | None
    messenger: MessengerChannel | None

    @property
    def channels(self) -> Sequence[Channel]:
        return [channel for channel in (self.browser, self.messenger) if channel is not None]


@dataclass(frozen=True, slots=True)
class DoorFigures:
    """A door at one moment. `where` is its address; `unreachable` are participants and why they cannot be reached.

    `waiting_lines` counts what waits to be sent, where the door `sends_by_itself` and not over a connection.
    """

    name: str
    where: str
    sends_by_itself: bool = False
    waiting_lines: int = 0
    unreachable: Sequence[tuple[str, str]] = ()


def make_doors(config: Config, settings: MessengerSettings | None, timers: Timers) -> Doors:
    """Build the channels that a config names, silently. `settings` None leaves Messenger out."""
    browser = messenger = None
    if "browser" in config.doors:
        browser = BrowserChannel(texts=config.texts, limits=config.limits, title=config.task_name)
    if settings is not None:
        from ..channels.messenger.messenger_channel import MessengerChannel  # and with it requests

        messenger = MessengerChannel(settings, texts=config.texts, limits=config.limits, timers=timers)
    return Doors(browser, messenger)


def make_server(
    doors: Doors,
    service: Service,
    *,
    address: BrowserConfig,
    on_failure: Callable[[], None] = lambda: None,
) -> Server:
    """Build the server of these doors, silently. Raises `MissingExtra`. For `on_failure` see `WebServer`."""
    from ..web.web_server import WebServer  # needs the extra 'serve', and says so

    return WebServer(
        doors.browser,
        webhook=None if doors.messenger is None else doors.messenger.intake,
        host=address.host,
        port=address.port,
        figures=service.figures,
        closing=lambda: service.closing,
        trouble=service.trouble,
        on_failure=on_failure,
    )


def figures_of(doors: Doors, url: str) -> list[DoorFigures]:
    """Return what an operator should know of each door. Any thread."""
    found = []
    if doors.browser is not None:
        found.append(DoorFigures("browser", url))
    if doors.messenger is not None:
        figures = doors.messenger.figures()
        unreachable = [(person.participant_id, person.reason) for person in figures.unreachable]
        found.append(DoorFigures("messenger", f"{url}/webhook", True, figures.waiting_lines, unreachable))
    return found
