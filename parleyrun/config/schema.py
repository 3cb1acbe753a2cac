"""What a config is, once it is checked: frozen values that any thread may hold. Durations are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal

from ..core.bot_seats.bot_settings import BotSettings, OnBotError
from ..core.conditions import Condition, When
from ..core.forms.form import Form
from ..core.forms.form_texts import FormTexts
from ..core.group_size import AgentsBy, GroupSize
from ..core.match_rules import MatchRules
from ..core.message import FrozenDict
from ..core.opt import Opt
from .diagnostics import Marks
from .engine.engine_settings import RayConfig
from .page_texts import PageTexts
from .parlai.standing_names import Compat
from .tasks.talk_settings import PLAIN_TALK, TalkSettings
from .texts import Texts
from .watching.watch_settings import AlertsConfig, TracesConfig

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """One entry under `models:`.

    Attributes:
        name: Its key.
        kind: What it is: the name of a registered bot, or `module:Class`.
        settings: What else stands there, for the kind to read, secrets left out.
        secrets: What stands there and is nobody else's business: keys, and headers, which may hold one.
        check: Whether it is asked once before the doors open.
        max_batch: How many conversations it answers at once; None asks it for each by itself.
        max_wait_ms: How long, in milliseconds, an answer waits for others to be made with it.
        replicas: How many times it lives on the cluster; None builds it in each process that asks it.
        cpus_per_replica: How many of the cluster's processors each replica takes.
        resources: What else of the cluster each replica takes, by name, such as `GPU`.
    """

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=FrozenDict)
    secrets: Mapping[str, Any] = field(default_factory=FrozenDict, repr=False)
    check: bool = True
    max_batch: int | None = None
    max_wait_ms: float = 10.0
    replicas: int | None = None
    cpus_per_replica: float = 1.0
    resources: Mapping[str, float] = field(default_factory=FrozenDict)

    @property
    def all_settings(self) -> dict[str, Any]:
        """What the kind reads, secrets included."""
        return {**self.settings, **self.secrets}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModerationConfig:
    """What people and bots say is looked at by the model of that name before it is delivered."""

    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillWith:
    """Who sits down where nobody came: bots of this kind, `after` so many seconds of waiting."""

    bot: BotSettings
    after: float = 20.0

    @property
    def jitter(self) -> float:
        """By which part of itself that time differs, up or down: so that nothing tells of a bot that is hidden."""
        pace = self.bot.pace
        return 0.0 if self.bot.disclose or pace is None else pace.jitter

    def seconds_for(self, wait: str) -> float:
        """Return how many seconds somebody waits; the same seed and name of their wait give the same."""
        if not self.jitter or self.bot.pace is None:
            return self.after
        spread = Random(f"{self.bot.pace.seed}:fill:{wait}")  # noqa: S311  # it spreads times, and guards nothing
        return self.after * (1 + self.jitter * spread.uniform(-1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """One entry under `onboard` or `afterwards` of a task: a form by its name, or a world.

    Attributes:
        name: Its name, or that of the class.
        kind: Which it is; `either` where only the name stands there.
        place: Its place in the list, from 0.
        when: For which values of conditions it is there; None for all.
        time_limit: How many seconds the form may take; None for as long as it takes.
        again: Whether who has filled it in during this visit is asked again.
        outcomes: After which ends of a conversation people are asked.
    """

    name: str
    kind: Literal["form", "world", "either"] = "either"
    place: int = 0
    when: When | None = None
    time_limit: float | None = None
    again: bool = False
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingConfig:
    """What people see and do who wait: a text in Markdown, or the path of a file, and steps to go through."""

    text: str = ""
    steps: tuple[StepEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """One entry under `tasks:`. `max_time_in_pool` None is for ever; with `not_again` nobody does it twice.

    `allow_uploads` lets people send files in it. `bots` sit in it besides people, by their roles. `on_bot_error`,
    `max_cost` and `max_tokens_total` are in the settings of its bots, too; the limits are of a conversation.
    `agents_required` is the most people that it takes; `size` says so where it may begin with fewer;
    `matching` says who may be matched with whom, `rounds` how many conversations each person has in turn,
    `waiting` what people see and do while they wait.
    `onboard` and `afterwards` are gone through by each person alone, before it and after it.
    `talk` is what stands around it: roles, instructions, time, how it may end. `resources` is what a host has to
    have on which it is executed.
    """

    key: str
    task_world: str
    onboard_world: str | None = None
    onboard: tuple[StepEntry, ...] = ()
    afterwards: tuple[StepEntry, ...] = ()
    agents_required: int = 1
    max_time_in_pool: float | None = None
    backup_task: str | None = None
    not_again: bool = False
    allow_uploads: bool = False
    bots: Mapping[str, BotSettings] = field(default_factory=FrozenDict)
    fill_with: FillWith | None = None
    agents_by: AgentsBy | None = None
    size: GroupSize | None = None
    matching: MatchRules = field(default_factory=MatchRules)
    rounds: int = 1
    waiting: WaitingConfig | None = None
    on_bot_error: OnBotError = field(default_factory=OnBotError)
    max_cost: float | None = None
    max_tokens_total: int | None = None
    talk: TalkSettings = PLAIN_TALK
    resources: Mapping[str, float] = field(default_factory=FrozenDict)


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


CONSOLE_PORT = 8766
"""Of the operators' pages, where they are to have one of their own and none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleConfig:
    """Where the operators' pages are: on the page's port, or, with either of these, on one of their own."""

    port: int | None = None
    host: str | None = None

    @property
    def own_address(self) -> tuple[str, int] | None:
        """The address and port of their own; None for those of the page."""
        if self.port is None and self.host is None:
            return None
        return self.host or "127.0.0.1", CONSOLE_PORT if self.port is None else self.port


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
    max_cost: float | None = None
    max_tokens_total: int | None = None
    answers_per_minute: int | None = 30

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalConfig:
    """How people are known by their links, and who may come in.

    Attributes:
        panel: Where they come from, if that is said.
        id: The parameters that may say who somebody is, in whatever case; the first that is there counts.
        links: Where they are 'signed', nobody is believed whose link was not signed here; of those who open the
            same 'single_use' link only the first one is.
        once: Whether nobody comes back after the end of their visit.
        required: Whether nobody comes in without an id.
        allow: The file that lists who may come in.
        allowed: The ids in it; None without a list.
        devices: The kinds of device that people may come with; none for all.
        browsers: The browsers that people may come with; none for all.
    """

    panel: str | None = None
    id: tuple[str, ...] = PANEL_IDS
    links: str = "open"
    once: bool = False
    required: bool = False
    allow: str | None = None
    allowed: frozenset[str] | None = field(default=None, repr=False)
    devices: tuple[str, ...] = ()
    browsers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionEntry:
    """What people are told whose visit ends in one way. Each may be None.

    Attributes:
        code: The completion code.
        link: Where they go from here; `{code}`, `{id}`, and names of parameters of their own link are filled in.
        text: What the end page says instead of our own sentence.
    """

    code: str | None = None
    link: str | None = None
    text: str | None = None


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
    config that was built from values; then `marks` is empty. `world_module` is empty where no world is a class of
    one, and `overworld` for the menu that comes with parleyrun. `completion` says by outcome what people are told
    at the end of a visit, `waiting_pay_per_minute` what a minute in a pool is paid with, as an amount such as
    0.15. `engine` is where conversations are executed, None for threads of this process. `console` is where the
    operators' pages are; None for none. `metrics` says whether a monitor may read figures at `/metrics`,
    `alerts` what somebody is told of, `traces` where those of messages are sent; None for none. `compat`
    says whether our names stand for ParlAI's, and `for_parlai` whether the project was written for ParlAI. Its
    `repr` keeps the password to itself.
    """

    world_module: str = ""
    overworld: str = ""
    path: Path | None = None
    task_name: str = "parleyrun"
    tasks: Mapping[str, TaskConfig] = field(default_factory=FrozenDict)
    opt: Opt = field(default_factory=Opt)
    language: str = "en"
    texts: Texts = field(default_factory=Texts)
    page_texts: PageTexts = field(default_factory=PageTexts)
    form_texts: FormTexts = field(default_factory=FormTexts)
    limits: Limits = field(default_factory=Limits)
    models: Mapping[str, ModelConfig] = field(default_factory=FrozenDict)
    forms: Mapping[str, Form] = field(default_factory=FrozenDict)
    moderation: ModerationConfig | None = None
    conditions: Mapping[str, Condition] = field(default_factory=FrozenDict)
    arrival: ArrivalConfig = field(default_factory=ArrivalConfig)
    completion: Mapping[str, CompletionEntry] = field(default_factory=FrozenDict)
    waiting_pay_per_minute: float = 0.0
    store: StoreConfig = field(default_factory=StoreConfig)
    engine: RayConfig | None = None
    max_workers: int = 30
    max_threads: int = 2000
    tick_seconds: float = 5.0
    disconnect_grace: float = 60.0
    shutdown_grace: float = 300.0
    page_ids: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    browser: BrowserConfig | None = None
    messenger: MessengerConfig | None = None
    console: ConsoleConfig | None = None
    metrics: bool = False
    alerts: AlertsConfig | None = None
    traces: TracesConfig | None = None
    doors: tuple[str, ...] = ("browser",)
    more_channels: Mapping[str, Any] = field(default_factory=FrozenDict)
    additional_args: Mapping[str, Any] = field(default_factory=FrozenDict)
    compat: Compat = "auto"
    for_parlai: bool = False
    marks: Marks = field(default_factory=Marks, repr=False, compare=False)
