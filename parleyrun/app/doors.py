"""The doors of a config: the channels people come through, and the web server that some of them share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..channels.browser.browser_channel import BrowserChannel
from ..channels.browser.open_sockets import OpenSockets
from ..channels.browser.page_style import PageStyle
from ..config.extensions import CHANNELS
from ..config.schema import BrowserConfig, Config
from ..core.bot_seats.model_source import ModelSource
from ..events import Channel
from ..runner.timers import Timers
from ..service.service import Service
from ..store.media_library import MediaLibrary, ShownMedia
from ..study.arrivals import ArrivalReader, DoorRules
from ..study.signed_links import LinkSigner
from . import tuning
from .context import AppContext

if TYPE_CHECKING:
    from ..channels.messenger.messenger_channel import MessengerChannel, MessengerFigures
    from ..channels.messenger.messenger_pages import MessengerPages
    from ..channels.messenger.receiving.intake import TakesWebhook
    from ..channels.messenger.settings import MessengerSettings
    from ..web.metrics.metrics_endpoint import MetricsEndpoint
    from ..web.web_server import WebServer
    from .console_door import ConsoleDoor


@runtime_checkable
class TakesWebhooks(Protocol):
    """A channel that is told of what happens over the web server's webhook."""

    intake: TakesWebhook


@runtime_checkable
class SendsByItself(Protocol):
    """A channel that sends when it can, and not over a connection that is there or not."""

    def figures(self) -> MessengerFigures: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorFigures:
    """A door at one moment. `where` is its address; `unreachable` are participants and why they cannot be reached.

    `waiting_lines` counts what waits to be sent, where the door `sends_by_itself` and not over a connection.
    """

    name: str
    where: str
    sends_by_itself: bool = False
    waiting_lines: int = 0
    unreachable: Sequence[tuple[str, str]] = ()


def make_channels(
    config: Config,
    pages: Sequence[MessengerSettings] | None,
    timers: Timers,
    media: ShownMedia,
    load_link_secret: Callable[[], bytes],
) -> list[Channel]:
    """Build the channels that a config names, still closed.

    Args:
        config: What names them.
        pages: How the Messenger pages are reached; None asks the environment, the config and the user's files for
            their secrets.
        timers: What time it is, and when it has passed.
        media: Knows what authors upload, and the personas they speak as.
        load_link_secret: Returns what links are signed with, where they are.

    Raises:
        ChannelError: One of the pages' secrets is missing.
        RegistrationError: A channel that a package adds cannot be used.
    """
    context = AppContext(config=config, timers=timers, pages=pages, media=media, link_secret=load_link_secret)
    return [CHANNELS.required(name)(config.more_channels.get(name, {}), context) for name in config.doors]


def make_arrivals(config: Config, load_secret: Callable[[], bytes]) -> ArrivalReader:
    """Build what reads people's links. `load_secret` returns what links are signed with, where they are."""
    arrival = config.arrival
    rules = DoorRules(
        required=arrival.required,
        allowed=arrival.allowed,
        single_use=arrival.links == "single_use",
        devices=arrival.devices,
        browsers=arrival.browsers,
        completion=config.completion,
    )
    return ArrivalReader(arrival.id, None if arrival.links == "open" else LinkSigner(load_secret), rules)


def make_browser_channel(_settings: Mapping[str, Any], context: AppContext) -> BrowserChannel:
    """Build the browser channel of a config, still closed."""
    config = context.config
    return BrowserChannel(
        texts=config.texts,
        style=PageStyle(
            config.task_name,
            (config.browser or BrowserConfig()).markdown,
            config.language,
            config.page_texts,
            uploads=frozenset(key for key, task in config.tasks.items() if task.allow_uploads),
            most_bytes=config.limits.payload_bytes,
            reactions=any(task.talk.reactions for task in config.tasks.values()),
        ),
        media=context.media,
        now=context.timers.clock.time,
        sockets=OpenSockets(
            config.limits,
            tuning.most_connections(),
            uploads=any(task.allow_uploads for task in config.tasks.values()),
        ),
        arrivals=make_arrivals(config, context.link_secret),
    )


def make_messenger_channel(_settings: Mapping[str, Any], context: AppContext) -> MessengerChannel | MessengerPages:
    """Build the Messenger channel of a config, still closed. Raises `ChannelError` if a secret is missing."""
    # With it comes requests, which only Messenger needs.
    from ..channels.messenger.messenger_channel import MessengerChannel
    from ..channels.messenger.messenger_pages import MessengerPages
    from ..channels.messenger.page_neighbours import PageNeighbours
    from .messenger_page import page_settings

    config = context.config
    pages = context.pages or page_settings(config)
    neighbours = PageNeighbours([page.page_id for page in pages]) if len(pages) > 1 else None
    channels = {
        page.page_id: MessengerChannel(
            page, texts=config.texts, limits=config.limits, timers=context.timers, neighbours=neighbours
        )
        for page in pages
    }
    return channels[pages[0].page_id] if neighbours is None else MessengerPages(channels, neighbours)


CHANNELS.register("browser", make_browser_channel)
CHANNELS.register("messenger", make_messenger_channel)


def address_of(config: Config, host: str | None = None, port: int | None = None) -> BrowserConfig:
    """Return where to listen: what is given goes before the config, and that before what holds without either."""
    told = config.browser or BrowserConfig()
    return replace(told, host=told.host if host is None else host, port=told.port if port is None else port)


def make_web_servers(
    channels: Sequence[Channel],
    service: Service,
    *,
    library: MediaLibrary,
    address: BrowserConfig,
    on_failure: Callable[[], None],
    models: ModelSource,
    hides_models: bool,
    console: ConsoleDoor | None,
    metrics: MetricsEndpoint | None = None,
) -> tuple[WebServer | None, WebServer | None]:
    """Build the server that these channels need (None if they need none), and that which has the console.

    The latter is the same one, unless the console is on a port of its own. There, then, are the `metrics`.
    For `on_failure` see `WebServer`, for `models` and `hides_models` `Health`. Raises `MissingExtra`.
    """
    browser = next((channel for channel in channels if isinstance(channel, BrowserChannel)), None)
    intake = next((channel.intake for channel in channels if isinstance(channel, TakesWebhooks)), None)
    if browser is None and intake is None and console is None and metrics is None:
        return None, None
    from ..web.web_server import BesidesThePage, Health, WebServer  # needs the extra 'serve', and says so

    def make_server(page: BrowserChannel | None, besides: BesidesThePage, address: BrowserConfig) -> WebServer:
        return WebServer(
            page,
            besides=besides,
            address=address,
            health=Health(
                service.counts,
                lambda: service.closing,
                service.trouble,
                models=models.figures,
                shortage=service.shortage,
                hosts=service.hosts,
                replicas=service.replicas,
                hides_models=hides_models,
            ),
            on_failure=on_failure,
            most_unfinished=tuning.most_unfinished_requests(),
        )

    if browser is None and intake is None:
        apart = BesidesThePage(console=None if console is None else console.app, metrics=metrics)
        return None, make_server(None, apart, (console and console.address) or address)
    besides = BesidesThePage(webhook=intake, find_file=library.file)
    if console is None or console.address is None:
        app = None if console is None else console.app
        server = make_server(browser, replace(besides, console=app, metrics=metrics), address)
        return server, None if console is None else server
    apart = BesidesThePage(console=console.app, metrics=metrics)
    return make_server(browser, besides, address), make_server(None, apart, console.address)


def door_figures(channels: Sequence[Channel], url: str) -> list[DoorFigures]:
    """Return what an operator should know of each door. Any thread."""
    found = []
    for channel in channels:
        if isinstance(channel, SendsByItself):
            figures = channel.figures()
            found.append(
                DoorFigures(
                    name=channel.name,
                    where=f"{url}/webhook",
                    sends_by_itself=True,
                    waiting_lines=figures.waiting_lines,
                    unreachable=[(person.participant_id, person.reason) for person in figures.unreachable],
                )
            )
        else:
            found.append(DoorFigures(name=channel.name, where=url))
    return found
