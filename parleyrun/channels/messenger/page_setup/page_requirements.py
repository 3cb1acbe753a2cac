"""What has to be true of a page before its door can be opened: asked of Meta, and mended where we can."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from ....errors import ChannelError, GraphError, GraphUnreachable
from ..graph.graph_client import GraphClient
from ..settings import MessengerSettings

PERMISSION = "pages_messaging"

FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "messaging_referrals",
    "message_reactions",
    "message_edits",
)
"""What Meta is to tell the webhook of."""

BAD_TOKEN = 190
_BAD_PARAMETER = 100
_NOT_ALLOWED = frozenset({10, 200, 230})


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """Whom a token speaks for."""

    id: str
    name: str


def verify(client: GraphClient, settings: MessengerSettings) -> PageIdentity:
    """Ask Meta whether the page can be opened with these settings, and return it. Changes nothing.

    Raises `ChannelError` in one line that says what is wrong and how to mend it.
    """
    page = whose_token(client)
    check_page(page, settings.page_id)
    check_permission(client)
    if settings.app_secret is not None:
        check_app_secret(client, settings.page_token, settings.app_secret)
    return page


def whose_token(client: GraphClient) -> PageIdentity:
    """Return whom the page token speaks for. Raises `ChannelError` if it does not work."""
    try:
        answer = client.get("me", fields="id,name")
    except GraphError as error:
        if error.code == BAD_TOKEN:
            raise ChannelError(
                f"the page token does not work (Meta: {error.message}): make a new one in the app's Messenger "
                "settings, and give it with --force-page-token or PARLEYRUN_PAGE_TOKEN"
            ) from error
        raise
    except GraphUnreachable as error:
        raise ChannelError(
            f"cannot ask Meta about the page ({error}): see that this machine reaches the internet; "
            "--bypass-server starts without asking"
        ) from error
    return PageIdentity(str(answer.get("id") or ""), str(answer.get("name") or ""))


def check_page(page: PageIdentity, page_id: str) -> None:
    """Raise `ChannelError` if the token speaks for somebody else."""
    if page.id != page_id:
        raise ChannelError(
            f"the page token belongs to '{page.name}' ({page.id}), but page_id is {page_id}: "
            "put that id into the config, or give the right page's token with --force-page-token"
        )


def check_permission(client: GraphClient) -> None:
    """Raise `ChannelError` if the token may not send messages."""
    try:
        if PERMISSION in _granted(client):
            return
    except GraphError as error:
        if error.code not in _NOT_ALLOWED:
            raise
    raise ChannelError(
        f"the page token lacks the permission {PERMISSION}: grant it to the app (for people who are no testers "
        "of it, through App Review), make a new token, and give it with --force-page-token"
    )


def _granted(client: GraphClient) -> set[str]:
    try:
        answer = client.get("me/permissions")
    except GraphError as error:
        if error.code != _BAD_PARAMETER:
            raise
        # Pages, other than people, may have no list of permissions; what needs this one tells as well.
        client.get("me/messenger_profile", fields="greeting")
        return {PERMISSION}
    return {str(entry.get("permission")) for entry in _entries(answer) if entry.get("status") == "granted"}


def check_app_secret(client: GraphClient, page_token: str, app_secret: str) -> None:
    """Raise `ChannelError` if the secret is not that of the app which the token was made with.

    With another app's secret every event would be taken for a forgery.
    """
    proof = hmac.new(app_secret.encode(), page_token.encode(), "sha256").hexdigest()
    try:
        client.get("me", fields="id", appsecret_proof=proof)
    except GraphError as error:
        if error.code != _BAD_PARAMETER or "appsecret_proof" not in error.message:
            raise
        raise ChannelError(
            "the app secret is not that of the app which the page token was made with, so every event would be "
            "taken for a forgery: copy it again from the app's basic settings (docs/messenger.md: Secrets)"
        ) from error


def missing_fields(client: GraphClient) -> list[str]:
    """Return which of `FIELDS` Meta does not tell the webhook of. Raises `ChannelError` if it does not say."""
    known = _subscribed_fields(client)
    return [name for name in FIELDS if name not in known]


def subscribe(client: GraphClient) -> list[str]:
    """Have Meta tell the webhook of all `FIELDS`; return which are new. Raises `ChannelError` if it refuses.

    What else the page is subscribed to stays as it is.
    """
    known = _subscribed_fields(client)
    new = [name for name in FIELDS if name not in known]
    if new:
        wanted = ",".join([*FIELDS, *sorted(known.difference(FIELDS))])
        try:
            client.post(f"{client.page_id}/subscribed_apps", {}, params={"subscribed_fields": wanted})
        except GraphError as error:
            raise _no_subscription(error) from error
    return new


def _subscribed_fields(client: GraphClient) -> set[str]:
    try:
        answer = client.get(f"{client.page_id}/subscribed_apps")
    except GraphError as error:
        raise _no_subscription(error) from error
    return {str(name) for entry in _entries(answer) for name in entry.get("subscribed_fields") or ()}


def _no_subscription(error: GraphError) -> ChannelError:
    return ChannelError(
        f"cannot see, or change, what the page is subscribed to ({error}): the page token needs the permission "
        "pages_manage_metadata; --no-subscribe starts without looking"
    )


def _entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    data = answer.get("data")
    return [entry for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []
