"""`parleyrun messenger check`: step by step, what is ready and what is missing. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ....errors import ChannelError
from ..graph.graph_client import GraphClient
from ..settings import MessengerSettings
from . import messenger_profile, page_requirements
from .public_webhook import PublicWebhook

CheckState = Literal["ok", "missing", "not checked"]


@dataclass(frozen=True, slots=True)
class PageCheck:
    """One thing that was looked at: how it stands, and what was found, or is to be done."""

    name: str
    state: CheckState
    found: str


def run_page_checks(
    settings: MessengerSettings, client: GraphClient, public_url: str | None, config: str
) -> Iterator[PageCheck]:
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
        step = _step(name, look) if known else PageCheck(name, "not checked", "it needs a token of this page")
        known = known and not (step.state == "missing" and name in ("page token", "page"))
        yield step
    yield from _webhook_steps(settings, public_url)


def _webhook_steps(settings: MessengerSettings, public_url: str | None) -> Iterator[PageCheck]:
    names = ("webhook address", "webhook signature")
    if public_url is None:
        for name in names:
            yield PageCheck(name, "not checked", "channels.messenger.public_url does not say where Meta finds it")
        return
    webhook = PublicWebhook(public_url)
    address = PageCheck(names[0], "not checked", "it needs a verify token")
    if settings.verify_token:
        address = _step(names[0], lambda: webhook.verify(settings.verify_token))
    yield address
    secret = settings.app_secret
    if address.state != "ok":
        yield PageCheck(names[1], "not checked", "it needs a webhook that answers")
    elif secret is None:
        yield PageCheck(names[1], "not checked", "there is no app secret (--insecure-webhook)")
    else:
        yield _step(names[1], lambda: webhook.take_signed(secret))


def _step(name: str, look: Callable[[], str]) -> PageCheck:
    try:
        return PageCheck(name, "ok", look())
    except ChannelError as error:
        return PageCheck(name, "missing", str(error))


class _Asked:
    """The questions that Meta answers; each returns what was found, or raises `ChannelError`."""

    def __init__(self, client: GraphClient, settings: MessengerSettings, config: str) -> None:
        self._client = client
        self._settings = settings
        self._config = config
        self._page = page_requirements.PageIdentity("", "")

    def token(self) -> str:
        self._page = page_requirements.whose_token(self._client)
        return f"works, and speaks for '{self._page.name}'"

    def page(self) -> str:
        page_requirements.check_page(self._page, self._settings.page_id)
        return f"{self._page.id}, as in the config"

    def permission(self) -> str:
        page_requirements.check_permission(self._client)
        return f"{page_requirements.PERMISSION} is granted"

    def app_secret(self) -> str:
        if self._settings.app_secret is None:
            raise ChannelError("there is none, so anybody can make up events: set PARLEYRUN_APP_SECRET")
        page_requirements.check_app_secret(self._client, self._settings.page_token, self._settings.app_secret)
        return "belongs to the app which the token was made with"

    def subscription(self) -> str:
        missing = page_requirements.missing_fields(self._client)
        if missing:
            raise ChannelError(
                f"Meta does not tell the webhook of {', '.join(missing)}: 'parleyrun serve {self._config}' "
                "subscribes the page to them"
            )
        return f"{len(page_requirements.FIELDS)} kinds of events"

    def get_started(self) -> str:
        if not messenger_profile.has_get_started(self._client):
            raise ChannelError(
                "newcomers see no button, and have to write something first: run "
                f"'parleyrun messenger setup {self._config}'"
            )
        return "newcomers see it"
