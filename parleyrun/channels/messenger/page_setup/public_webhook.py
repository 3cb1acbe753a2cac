"""Whether the webhook is where Meta will look for it: asked the way that Meta asks."""

from __future__ import annotations

import secrets

import requests

from ....errors import ChannelError
from ..receiving.signature import sign

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0

PATH = "/webhook"
_EMPTY_EVENT = b'{"object":"page","entry":[]}'


class PublicWebhook:
    """The webhook at a public address, as seen from outside. Errors never quote what was sent."""

    def __init__(self, public_url: str) -> None:
        self.url = public_url.rstrip("/").removesuffix(PATH) + PATH

    def verify(self, verify_token: str) -> str:
        """Let it prove itself as Meta does; return what was found. Raises `ChannelError` if it cannot."""
        challenge = secrets.token_hex(8)
        answer = self._call(
            "GET",
            params={"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge},
        )
        if answer.status_code == 403:
            raise ChannelError(
                f"{self.url} knows another verify token: start 'parleyrun serve' with the same environment and "
                "secrets as this check"
            )
        if answer.status_code != 200 or answer.text.strip() != challenge:
            raise ChannelError(
                f"expected {self.url} to answer with the challenge it was given, got HTTP {answer.status_code}: "
                "see that 'parleyrun serve' runs, and that the tunnel leads to its port"
            )
        return f"{self.url} answers"

    def take_signed(self, app_secret: str) -> str:
        """Send it an event in which nothing happens; return what was found. Raises `ChannelError` if refused."""
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(app_secret, _EMPTY_EVENT)}
        answer = self._call("POST", data=_EMPTY_EVENT, headers=headers)
        if answer.status_code == 403:
            raise ChannelError(
                f"{self.url} knows another app secret: start 'parleyrun serve' with the same environment and "
                "secrets as this check"
            )
        if answer.status_code != 200:
            raise ChannelError(f"expected {self.url} to take a signed event, got HTTP {answer.status_code}")
        return "what is signed with the app secret is taken"

    def _call(self, method: str, **sent: object) -> requests.Response:
        try:
            return requests.request(
                method,
                self.url,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                **sent,  # type: ignore[arg-type]  # what requests calls params, data and headers
            )
        except requests.exceptions.RequestException as error:
            # Neither its text nor itself is passed on: both hold the address, and that the verify token.
            raise ChannelError(_why(self.url, error)) from None


def _why(url: str, error: requests.exceptions.RequestException) -> str:
    match error:
        case requests.exceptions.SSLError():
            return f"{url} has no certificate that is trusted, and Meta wants one: a tunnel brings its own"
        case requests.exceptions.Timeout():
            return f"{url} gave no answer in time: see that 'parleyrun serve' runs, and that the tunnel is up"
        case requests.exceptions.ConnectionError():
            return f"{url} cannot be reached: see that 'parleyrun serve' runs, and that the tunnel is up"
        case _:
            return f"{url} gave no answer that can be understood ({type(error).__name__})"
