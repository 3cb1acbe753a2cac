"""`parleyrun messenger check`: step by step, what is ready and what is missing. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ....errors import ChannelError
from ..graph.graph_client import GraphClient
from ..settings import MessengerSettings
from . import profile
from . import reachable as reach
from . import requirements as setup

State = Literal["ok", "missing", "not checked"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: how it stands, and what was found, or is to be done."""

    name: str
    state: State
    found: str


def steps(settings: MessengerSettings, client: GraphClient, public_url: str | None, config: str) -> Iterator[Step]:
    """Yield each step once it is done; a step that needs an earlier one in vain is not checked.

    A token in the settings that is not known is empty. `config` is the name of the config, for commands that
    mend something.
    """
    page = _Asked(client, settings, config)
    asked: list[tuple[str, Callable[[], str]]] = [
        ("page token", page.token),
        ("page", page.page),
        ("permission", page.permission),
        ("app secret", page.app_secret),
        ("subscription", page.subscription),
        ("Get Started button", page.get_started),
    ]
    known = bool(settings.page_token)
    for name, look in asked:
        step = _step(name, look) if known else Step(name, "not checked", "it needs a token of this page")
        known = known and not (step.state == "missing" and name in ("page token", "page"))
        yield step
    yield from _webhook_steps(settings, public_url)


def _webhook_steps(settings: MessengerSettings, public_url: str | None) -> Iterator[Step]:
    names = ("webhook address", "webhook signature")
    if public_url is None:
        for name in names:
            yield Step(name, "not checked", "channels.messenger.public_url does not say where Meta finds it")
        return
    webhook = reach.Webhook(public_url)
    address = Step(names[0], "not checked", "it needs a verify token")
    if settings.verify_token:
        address = _step(names[0], lambda: webhook.verify(settings.verify_token))
    yield address
    secret = settings.app_secret
    if address.state != "ok":
        yield Step(names[1], "not checked", "it needs a webhook that answers")
    elif secret is None:
        yield Step(names[1], "not checked", "there is no app secret (--insecure-webhook)")
    else:
        yield _step(names[1], lambda: webhook.take_signed(secret))


def _step(name: str, look: Callable[[], str]) -> Step:
    try:
        return Step(name, "ok", look())
    except ChannelError as error:
        return Step(name, "missing", str(error))


class _Asked:
    """The questions that Meta answers; each returns what was found, or raises `ChannelError`."""

    def __init__(self, client: GraphClient, settings: MessengerSettings, config: str) -> None:
        self._client = client
        self._settings = settings
        self._config = config
        self._page = setup.Page("", "")

    def token(self) -> str:
        self._page = setup.whose_token(self._client)
        return f"works, and speaks for '{self._page.name}'"

    def page(self) -> str:
        setup.check_page(self._page, self._settings.page_id)
        return f"{self._page.id}, as in the config"

    def permission(self) -> str:
        setup.check_permission(self._client)
        return f"{setup.PERMISSION} is granted"

    def app_secret(self) -> str:
        if self._settings.app_secret is None:
            raise ChannelError("there is none, so anybody can make up events: set PARLEYRUN_APP_SECRET")
        setup.check_app_secret(self._client, self._settings.page_token, self._settings.app_secret)
        return "belongs to the app which the token was made with"

    def subscription(self) -> str:
        missing = setup.missing_fields(self._client)
        if missing:
            raise ChannelError(
                f"Meta does not tell the webhook of {', '.join(missing)}: 'parleyrun serve {self._config}' "
                "subscribes the page to them"
            )
        return f"{len(setup.FIELDS)} kinds of events"

    def get_started(self) -> str:
        if not profile.has_get_started(self._client):
            raise ChannelError(
                "newcomers see no button, and have to write something first: run "
                f"'parleyrun messenger setup {self._config}'"
            )
        return "newcomers see it"
