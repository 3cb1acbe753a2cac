"""What a config is, once it is checked: frozen values that any thread may hold. Durations are in seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from ..core.message import FrozenDict
from ..core.opt import Opt
from .diagnostics import Marks
from .page_texts import PageTexts

MEMORY = ":memory:"
"""The store path that keeps the record in memory only."""

SECRET_VARIABLES: Mapping[str, str] = FrozenDict(
    {name: f"PARLEYRUN_{name.upper()}" for name in ("page_token", "app_secret", "verify_token")}
)
"""Where a page's secrets stand in the environment, by their keys under `channels.messenger`."""


def secret_variables(name: str, page_id: str, *, alone: bool) -> tuple[str, ...]:
    """Return which variables may hold a secret of a page, the first that is set counting.

    Where there are several pages, the page's own comes first, with its id behind the name. The common one holds
    what all pages of an app have in common, so it holds no page token then.
    """
    common = SECRET_VARIABLES[name]
    if alone:
        return (common,)
    own = f"{common}_{page_id}"
    return (own,) if name == "page_token" else (own, common)


def _said(when: str, sentence: str, *placeholders: str) -> Any:
    return field(default=sentence, metadata={"when": when, "placeholders": placeholders})


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Every sentence that the system says, as a `str.format` template. An empty one means: say nothing."""

    password_ask: str = _said(
        "to a newcomer, where a password is set", "Hello! Please enter the password to come in."
    )
    password_wrong: str = _said("after a wrong password", "That is not the password. Please try again.")
    password_slow: str = _said(
        "after several wrong passwords",
        "That is not the password. Please wait {seconds} seconds before you try again.",
        "seconds",
    )
    password_busy: str = _said(
        "to someone whose password has to wait, as many wrong ones came from where they are",
        "Please wait {seconds} seconds: many wrong passwords have come in. What you wrote is looked at then.",
        "seconds",
    )
    waiting: str = _said(
        "once, to someone who has waited for a while",
        "We are still looking for someone for you to talk with. Thank you for waiting!",
    )
    still_waiting: str = _said(
        "to someone who writes while they wait",
        "You are still waiting for a partner. Write EXIT if you would rather stop waiting.",
    )
    left_pool: str = _said("to someone who stopped waiting", "All right, you are no longer waiting.")
    pool_timeout: str = _said(
        "to someone for whom no partner was found in time",
        "Sorry, nobody was free to join you for “{task}” this time.",
        "task",
    )
    pool_backup: str = _said(
        "to someone for whom no partner was found in time, and who goes on to another task",
        "Sorry, nobody was free to join you for “{task}”. You can do “{backup}” instead.",
        "task",
        "backup",
    )
    world_failed: str = _said(
        "when a conversation ends because of a mistake in its world",
        "Sorry, something went wrong on our side, and this conversation had to end.",
    )
    onboarding_failed: str = _said(
        "when an onboarding ends because of a mistake in its world",
        "Sorry, something went wrong on our side, and we could not get you started.",
    )
    partner_left: str = _said(
        "to those who remain when someone left for good",
        "Your partner has left, so this conversation has ended.",
    )
    unknown_task: str = _said(
        "when the overworld names a task that does not exist",
        "Sorry, “{choice}” is not something we can start.",
        "choice",
    )
    goodbye: str = _said("to someone who leaves", "Goodbye, and thank you for coming!")
    not_again: str = _said(
        "to someone who chooses a task that they have done, where nobody does it twice",
        "You have done “{task}” already, and it cannot be done twice. Please choose something else.",
        "task",
    )
    once_only: str = _said("to someone who comes once too often", "You have taken part already. Thank you!")
    place_lost: str = _said(
        "to someone who comes back after they were away for too long",
        "You were away for too long, so your place was given up and the conversation has ended for you.",
    )
    closing: str = _said(
        "to everyone else when the service is about to close",
        "We are about to close. Please bring your conversation to an end.",
    )
    closing_kept: str = _said(
        "when the service is about to close, to those whose conversation, or wait for one, the record keeps",
        "We have to pause soon. Your conversation is kept, and goes on when we are back.",
    )
    closing_refused: str = _said(
        "to someone who comes, or starts something new, while the service closes",
        "We are closing and cannot start anything new. Please come back later.",
    )
    bad_link: str = _said(
        "to someone whose link was not signed here, where links are",
        "This link is not complete. Please open it exactly as you were given it.",
    )
    too_fast: str = _said(
        "to someone who sends too much at once",
        "That was a lot at once! Please write a little more slowly.",
    )
    too_long: str = _said(
        "to someone whose message is too long",
        "That message is too long. Please keep it under {limit} bytes.",
        "limit",
    )
    bad_message: str = _said(
        "to someone whose message cannot be understood at all",
        "Sorry, that message could not be read. Please try again.",
    )
    no_attachments: str = _said(
        "to someone who sends a picture or another attachment where these are not allowed",
        "Sorry, only text can be taken here. Please write it in words.",
    )
    upload_kind: str = _said(
        "to someone who sends a file of a kind that is not taken",
        "Sorry, this kind of file cannot be taken here. Pictures, sounds, videos and PDF files can.",
    )
    upload_too_large: str = _said(
        "to someone who sends a file that is too large",
        "Sorry, that file is too large. Please choose a smaller one.",
    )
    said_enough: str = _said(
        "to someone of whom as much is kept as is kept of one person",
        "Sorry, you have sent as much as we can keep. We cannot take any more.",
    )
    unsupported_message: str = _said(
        "to someone on Messenger who sends what no app is told of, a poll for example",
        "Sorry, we cannot read this kind of message here. Please write it in words.",
    )
    turned_away: str = _said("to someone whom an onboarding turned away", "")
    trouble: str = _said(
        "to someone who writes while nothing can be recorded",
        "Sorry, we cannot take messages at the moment. Please try again in a little while.",
    )
    full: str = _said(
        "to a newcomer while there is no room for more people",
        "Sorry, we are full at the moment. Please try again in a few minutes.",
    )
    address_full: str = _said(
        "to a newcomer while too many people come from the same address",
        "Sorry, too many people from where you are have come already. Please try again in a few minutes.",
    )
    before_going_on: str = _said(
        "to someone in a conversation, before an onboarding that was added to its task while the service was down",
        "Before you go on with your conversation, there is something new to go through.",
    )
    others_first: str = _said(
        "to someone whose conversation waits until its other people are back in it",
        "Your conversation goes on as soon as everybody is back.",
    )
    held: str = _said(
        "to someone whose conversation cannot go on until its operator has fixed something",
        "We have to fix something first. Your conversation is kept, and goes on where it was once that is done. "
        "Write EXIT if you would rather leave.",
    )
    person_name: str = _said(
        "as the name of each person in a task that gives no roles",
        "Person {number}",
        "number",
    )
    stopped: str = _said("when a conversation is stopped from outside", "This conversation has been stopped.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """One entry under `tasks:`. `max_time_in_pool` None is for ever; with `not_again` nobody does it twice.

    `allow_uploads` lets people send files in it.
    """

    key: str
    task_world: str
    onboard_world: str | None = None
    agents_required: int = 1
    max_time_in_pool: float | None = None
    backup_task: str | None = None
    not_again: bool = False
    allow_uploads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserConfig:
    """Where the browser channel listens, and who is answered there. Port 0 takes any free one.

    `allowed_origins` are pages elsewhere that may connect, besides our own; `allowed_hosts` the names that the
    server answers under, besides those of loopback (none: any, unless it listens on loopback); `frame_ancestors`
    the pages that may show ours in a frame; `trusted_proxies` the networks of proxies, besides this machine, that
    say whom they speak for. `base_path` is where a proxy has us stand, below its own name. `markdown` says whose
    lines are formatted on the page.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    allowed_origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    base_path: str = "/"
    markdown: Literal["authors", "all", "none"] = "authors"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessengerConfig:
    """How the page is reached. What is secret belongs elsewhere, and its `repr` keeps it to itself.

    `public_url` is where Meta finds this machine, without the `/webhook`; only checks use it. `allow_images`
    lets people send any kind of attachment. With `human_agent` a person is answered for seven days.
    """

    graph_url: str = "https://graph.facebook.com"
    api_version: str = "v26.0"
    verify_token: str | None = field(default=None, repr=False)
    app_secret: str | None = field(default=None, repr=False)
    page_token: str | None = field(default=None, repr=False)
    allow_images: bool = False
    public_url: str | None = None
    max_sends_per_second: float = 250.0
    human_agent: bool = False


SESSIONS_PER_ADDRESS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one person may send, and how many people may come from one address.

    `payload_bytes` is for a file in a task that allows uploads. What a person sends in a second, and what is
    stored of one, and in an hour of all newcomers, who have never been in a task, counts texts and files.
    `sessions_per_address` None is 200, and without limit for connections from this machine itself: that may be a
    tunnel which does not say whom it speaks for.
    """

    messages_per_second: float = 20.0
    text_bytes: int = 65536
    sessions_per_address: int | None = None
    payload_bytes: int = 2_000_000
    bytes_per_second: float = 32_768.0
    stored_bytes_per_participant: int = 20_000_000
    stored_bytes_by_newcomers: int = 50_000_000

    def burst_bytes(self, *, uploads: bool) -> float:
        """Return how much one person may send at once: two of the longest texts, and a file as base64."""
        return 2.0 * self.text_bytes + (1.5 * self.payload_bytes if uploads else 0.0)

    def sessions_from(self, address: str) -> int | None:
        """Return how many people may be here from an address; None for any number."""
        if not address or self.sessions_per_address is not None:
            return self.sessions_per_address if address else None
        return None if address == "::1" or address.startswith("127.") else SESSIONS_PER_ADDRESS


PANEL_IDS = ("PROLIFIC_PID", "workerId", "participantId", "mw_id", "respondent_profile_id")
"""How panels call the person in their links: Prolific, MTurk, CloudResearch Connect, Microworkers, Respondent."""


@dataclass(frozen=True, slots=True)
class ArrivalConfig:
    """How people are known by their links.

    `id` are the parameters that may say who somebody is, in whatever case; the first that is there counts. Where
    `links` are 'signed', nobody is believed whose link was not signed here. With `once` nobody comes back after
    the end of their visit.
    """

    id: tuple[str, ...] = PANEL_IDS
    links: str = "open"
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """Where the record is kept, and how.

    `path` None is `<task_name>.db` in the current folder. `synchronous` 'full' outlives a loss of power,
    'normal' a crash of the process only. Without `snapshots` conversations cannot go on after a restart. What does
    not fit the config is held or ended, as `unrestorable` says ('hold' or 'end'). `kind` is the name of a
    registered store and `settings` what stands under it; None for the one that `path` is of.
    """

    path: str | None = None
    synchronous: str = "full"
    snapshots: bool = True
    unrestorable: str = "hold"
    kind: str | None = None
    settings: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole config.

    `doors` are the channels people come through: what stands under `channels:`, in the order of the file, or else
    the one that a `page_id` tells of. `page_ids` are the Facebook pages that Messenger speaks for. `more_channels`
    are the settings of those that are neither `browser` nor `messenger`, by their names. `path` is None for a
    config that was built from values; then `marks` is empty. Its `repr` keeps the password to itself.
    """

    world_module: str
    overworld: str
    path: Path | None = None
    task_name: str = "parleyrun"
    tasks: Mapping[str, TaskConfig] = field(default_factory=FrozenDict)
    opt: Opt = field(default_factory=Opt)
    language: str = "en"
    texts: Texts = field(default_factory=Texts)
    page_texts: PageTexts = field(default_factory=PageTexts)
    limits: Limits = field(default_factory=Limits)
    arrival: ArrivalConfig = field(default_factory=ArrivalConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    max_workers: int = 30
    max_threads: int = 2000
    tick_seconds: float = 5.0
    disconnect_grace: float = 60.0
    shutdown_grace: float = 300.0
    page_ids: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    browser: BrowserConfig | None = None
    messenger: MessengerConfig | None = None
    doors: tuple[str, ...] = ("browser",)
    more_channels: Mapping[str, Any] = field(default_factory=FrozenDict)
    additional_args: Mapping[str, Any] = field(default_factory=FrozenDict)
    marks: Marks = field(default_factory=Marks, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class TextRule:
    """What is known of one sentence: when it is said, and which placeholders it may hold."""

    name: str
    when: str
    default: str
    placeholders: tuple[str, ...]


def text_rules() -> Iterator[TextRule]:
    """Yield the rule of each sentence, in the order of `Texts` and then of `PageTexts`."""
    for known in (*fields(Texts), *fields(PageTexts)):
        yield TextRule(known.name, known.metadata["when"], str(known.default), known.metadata["placeholders"])


def template_fault(template: str, placeholders: tuple[str, ...]) -> tuple[str, str] | None:
    """Say what is wrong with a sentence.

    Only plain placeholders are allowed: `{task}`, never `{task.x}`, `{task[0]}`, `{task!r}` or `{task:>9}`,
    none of which make sense in a sentence and some of which would show what is not meant to be seen.

    Args:
        template: The sentence.
        placeholders: The names that are filled in.

    Returns:
        The code of a finding and its message; None if nothing is wrong.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        return "malformed-text", f"expected braces that make placeholders such as {{task}}, got: {error}"
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or (name not in placeholders and not name.isidentifier()):
            written = "{" + name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "") + "}"
            return "malformed-text", f"expected a plain placeholder such as {{task}}, got {written}"
        if name not in placeholders:
            return "unknown-placeholder", f"expected {_choice(placeholders)}, got {{{name}}}"
    return None


def _choice(placeholders: tuple[str, ...]) -> str:
    if not placeholders:
        return "no placeholder in this sentence"
    return "only " + " and ".join(f"{{{name}}}" for name in placeholders)
