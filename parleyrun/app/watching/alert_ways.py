"""The ways in which somebody is told of an alert: a webhook, a program, the terminal."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime

import requests

from ...config.watching.watch_settings import AlertsConfig
from ...service.alerts.alert_notice import AlertNotice, AlertNotSent, AlertWay
from ...text import printable

log = logging.getLogger(__name__)

WEBHOOK_SECONDS = 10.0
COMMAND_SECONDS = 30.0


class Webhook:
    """Tells an address by a POST of JSON.

    Its `text` is what Slack, Mattermost and the like show, its `content` what Discord shows.

    Args:
        url: The address. No message of ours has it, as it is often a secret.
    """

    name = "the webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notice: AlertNotice) -> None:
        """Tell of it. Raises `AlertNotSent`."""
        body = {
            "text": notice.title,
            "content": notice.title,
            "study": notice.study,
            "alert": notice.alert,
            "news": notice.news,
            "since": _moment(notice),
        }
        try:
            answer = requests.post(self._url, json=body, timeout=WEBHOOK_SECONDS, allow_redirects=False)
        except (requests.RequestException, ValueError) as error:
            # Its own words have the address.
            raise AlertNotSent(type(error).__name__) from None
        if not answer.ok or answer.is_redirect:
            raise AlertNotSent(f"it answered with status {answer.status_code}")


class ProgramWay:
    """Tells a program, such as one that sends mail, on its standard input.

    Args:
        command: The program and its arguments; no shell reads them.
    """

    name = "the command"

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)

    def send(self, notice: AlertNotice) -> None:
        """Tell of it. Raises `AlertNotSent`."""
        said = f"{notice.title}\n\nAlert: {notice.alert}\nSince: {_moment(notice)}\n"
        try:
            # The command is the config's, whose author may run anything here.
            ended = subprocess.run(  # noqa: S603
                self._command, input=said.encode(), capture_output=True, timeout=COMMAND_SECONDS, check=False
            )
        except OSError as error:
            raise AlertNotSent(f"it cannot be run: {error.strerror}") from error
        except subprocess.TimeoutExpired:
            raise AlertNotSent(f"it did not end within {COMMAND_SECONDS:g} s") from None
        if ended.returncode:
            why = printable(ended.stderr.decode(errors="replace").strip()[-200:])
            raise AlertNotSent(f"it ended with exit code {ended.returncode}" + (f": {why}" if why else ""))


class TerminalWay:
    """Tells the log, which a terminal shows."""

    name = "the terminal"

    def send(self, notice: AlertNotice) -> None:
        """Tell of it."""
        log.warning("%s", notice.title)


def alert_ways(settings: AlertsConfig) -> list[AlertWay]:
    """Return the ways that a config asks for; the terminal, where it asks for none."""
    ways: list[AlertWay] = []
    if settings.webhook is not None:
        ways.append(Webhook(settings.webhook))
    if settings.command:
        ways.append(ProgramWay(settings.command))
    if settings.terminal or not ways:
        ways.append(TerminalWay())
    return ways


def _moment(notice: AlertNotice) -> str:
    return datetime.fromtimestamp(notice.since, UTC).isoformat(timespec="seconds")
