"""The table of everything a config may hold. The checker and the JSON Schema are both made from it."""

from __future__ import annotations

from typing import Any

from .engine.engine_entries import EngineRule
from .extensions import CHANNELS, STORES, OpenSection, check_channel, check_store
from .forms.form_keys import FORMS
from .kinds import (
    Anything,
    Choice,
    Flag,
    Identifier,
    Name,
    Quantity,
    Secret,
    Several,
    Shaped,
    Template,
    Text,
)
from .models.bot_entries import MAX_COST, MAX_TOKENS_TOTAL
from .models.model_entries import MODEL, check_model_name
from .networks import Network
from .panels.arrival_entries import ARRIVAL
from .panels.completion_entries import COMPLETION
from .parlai.project_kind import COMPAT
from .schema import BrowserConfig, Config, ConsoleConfig, Limits, MessengerConfig, ModerationConfig, StoreConfig
from .sections import Field, Section, SwitchedSection, Table
from .tasks.condition_entries import CONDITION, check_condition_name
from .tasks.task_entries import TASK, check_task_key
from .texts import Texts, text_rules
from .watching.alert_entries import ALERTS
from .watching.trace_entries import TRACES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DAY_SECONDS = 86_400


_ORIGIN = "an origin such as https://study.example.org, without a path"
_ORIGIN_PATTERN = r"https?://([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_HOST = "a name such as study.example.org, without a scheme and without a port"
_NETWORK = "an address such as 192.0.2.1, or a network such as 10.0.0.0/8"
_FRAME_PATTERN = r"https?://((\*\.)?[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"

BROWSER = Section(
    "channels.browser",
    (
        Field("host", Text("an address such as 127.0.0.1"), "the address to listen on"),
        Field("port", Quantity(0, 65_535, whole=True), "the port to listen on; 0 takes any free one"),
        Field(
            "allowed_origins",
            Several(
                Shaped(_ORIGIN, _ORIGIN_PATTERN, "write what a browser's address line begins with"),
                _ORIGIN,
                "origin",
            ),
            "pages elsewhere that may open a chat here, besides our own page",
        ),
        Field(
            "allowed_hosts",
            Several(Shaped(_HOST, r"[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]", "write the name only"), _HOST, "name"),
            "the names that people reach this server under; default any, on loopback those of loopback only",
        ),
        Field(
            "frame_ancestors",
            Several(
                Shaped(_ORIGIN, _FRAME_PATTERN, "write https://*.example.org for all below a name"),
                _ORIGIN,
                "origin",
            ),
            "the pages that may show ours in a frame; default none",
        ),
        Field(
            "trusted_proxies",
            Several(Network(_NETWORK), _NETWORK, "network"),
            "proxies whose X-Forwarded-For says where people come from, besides those on this machine",
        ),
        Field(
            "base_path",
            Shaped(
                "a path such as /study", r"/([A-Za-z0-9._~\-]+(/[A-Za-z0-9._~\-]+)*/?)?", "begin it with a slash"
            ),
            "where people find the page behind a proxy, below its name; default /",
        ),
        Field(
            "markdown",
            Choice(("authors", "all", "none")),
            "whose lines may be formatted on the page: the system's and the worlds', everybody's, or nobody's",
        ),
    ),
    BrowserConfig,
)

_ADDRESS = "an address that begins with https://, with neither a user nor a query in it"
_REST_OF_ADDRESS = r"(:[0-9]{1,5})?(/[^\s?#@]*)?"
_HTTPS = rf"https://[A-Za-z0-9.\-]+{_REST_OF_ADDRESS}"
# Over http the page's token could be read on the way, so only this machine itself is spoken to like that.
_HTTPS_OR_HERE = rf"{_HTTPS}|http://(127\.0\.0\.1|localhost|\[::1\]){_REST_OF_ADDRESS}"

MESSENGER = Section(
    "channels.messenger",
    (
        Field(
            "graph_url",
            Shaped(_ADDRESS, _HTTPS_OR_HERE, "leave it out for Meta's own"),
            "the address of the Graph API",
        ),
        Field(
            "api_version",
            Shaped("a version such as v26.0", r"v[0-9]{1,3}\.[0-9]{1,2}", "write it with its v"),
            "the version of the Graph API",
        ),
        Field("verify_token", Secret("a token"), "the token that the webhook is set up with", optional=True),
        Field("app_secret", Secret("a secret"), "the secret that signs what the webhook gets", optional=True),
        Field("page_token", Secret("a token"), "the token that lets the page speak", optional=True),
        Field("allow_images", Flag(), "whether people may send images, and other attachments"),
        Field(
            "public_url",
            Shaped(_ADDRESS, _HTTPS, "Meta calls nothing else: a tunnel gives you one"),
            "where Meta reaches this machine, without /webhook; only checks use it",
            optional=True,
        ),
        Field("max_sends_per_second", Quantity(0.1, 300), "how fast to send, all people together"),
        Field(
            "human_agent",
            Flag(),
            "whether to answer for seven days, not one; only with Meta's leave (HUMAN_AGENT)",
        ),
    ),
    MessengerConfig,
)

CHANNELS_SECTION = OpenSection(
    "channels",
    (
        Field("browser", BROWSER, "the chat page, and websockets for scripts"),
        Field("messenger", MESSENGER, "Facebook Messenger"),
    ),
    others=CHANNELS,
    keys_are="channels",
    check_other=check_channel,
)

CONSOLE = SwitchedSection(
    "console",
    (
        Field(
            "port",
            Quantity(0, 65_535, whole=True),
            "a port of its own, 0 for any free one; default that of the page, with a host 8766",
            optional=True,
        ),
        Field(
            "host",
            Text("an address such as 127.0.0.1"),
            "the address to listen on, on a port of its own",
            optional=True,
        ),
    ),
    ConsoleConfig,
)

STORE = OpenSection(
    "store",
    (
        Field(
            "path",
            Text("a path"),
            "where the record is kept; ':memory:' for one that ends with the process; default <task_name>.db",
            optional=True,
        ),
        Field(
            "synchronous",
            Choice(("full", "normal")),
            "'full' outlives a loss of power, 'normal' a crash of the process only",
        ),
        Field("snapshots", Flag(), "whether conversations go on after a restart"),
        Field(
            "unrestorable",
            Choice(("hold", "end")),
            "what becomes of conversations on record that do not fit the config: held until it fits, or ended",
        ),
    ),
    StoreConfig,
    others=STORES,
    by_other_keys=frozenset({"memory", "sqlite"}),
    check_other=check_store,
)

LIMITS = Section(
    "limits",
    (
        Field("messages_per_second", Quantity(0.1, 10_000), "how many messages one person may send in a second"),
        Field("text_bytes", Quantity(1, 1 << 24, whole=True), "how long one message may be, in bytes"),
        Field(
            "sessions_per_address",
            Quantity(1, 1_000_000, whole=True),
            "how many people may be here from one address (of IPv6, one /64); default 200, any number from this "
            "machine itself",
            optional=True,
        ),
        Field(
            "payload_bytes",
            Quantity(1, 25_000_000, whole=True),
            "how large a file may be, in bytes, in a task that allows uploads",
        ),
        Field(
            "bytes_per_second",
            Quantity(1, 1e9),
            "how many bytes one person may send in a second, texts and files; two of the longest go at once",
        ),
        Field(
            "stored_bytes_per_participant",
            Quantity(1, 1e15, whole=True),
            "how many bytes are kept of what one person sends, each message as 64 at least; the rest is refused",
        ),
        Field(
            "stored_bytes_by_newcomers",
            Quantity(1, 1e15, whole=True),
            "how many bytes are kept of all who have never been in a task; what is used up refills within an hour",
        ),
        Field("max_cost", MAX_COST, "what all models together may cost, by their price", optional=True),
        Field("max_tokens_total", MAX_TOKENS_TOTAL, "how many tokens all models may take", optional=True),
        Field(
            "answers_per_minute",
            Quantity(1, 100_000, whole=True),
            "how often one bot's model is asked in any minute; null for as often as people write",
            optional=True,
        ),
    ),
    Limits,
)

TEXTS = Section(
    "texts",
    tuple(
        Field(
            rule.name,
            Template(rule.placeholders),
            f"said {rule.when}"
            + (", with " + " and ".join(f"{{{name}}}" for name in rule.placeholders) if rule.placeholders else ""),
        )
        for rule in text_rules()
    ),
    Texts,
    unknown="unknown-text",
)

MODERATION = Section(
    "moderation",
    (Field("model", Text("the name of a model"), "the name under models: of what decides", required=True),),
    ModerationConfig,
)

CONFIG = Section(
    "a config",
    (
        Field("task_name", Text("a name"), "the name of the whole, shown to people"),
        Field(
            "world_module",
            Name("the dotted name of a module, or the path of its file,", "worlds.demo", of_module=True),
            "the Python module that holds the worlds: a name, or the path of a .py file beside the config; left "
            "out where every world is named as module:Class",
            once=("world_path",),
        ),
        Field(
            "overworld",
            Name("the name of a class", "DemoOverworld"),
            "the class of the world that people come to first; default a menu of the tasks",
        ),
        Field(
            "tasks",
            Table("tasks", TASK, check_task_key),
            "the tasks, by the key that the overworld returns",
            required=True,
            once=("configs",),
        ),
        Field("opt", Anything("options"), "options that reach every world"),
        Field("models", Table("models", MODEL, check_model_name), "what can answer, by the names that tasks use"),
        Field(
            "moderation",
            MODERATION,
            "the model that looks at what people and bots say before it is delivered: allow, refuse or hold",
            optional=True,
        ),
        Field(
            "conditions",
            Table("conditions", CONDITION, check_condition_name),
            "what an experiment varies, by the names that when: uses",
        ),
        Field("forms", FORMS, "questions with typed answers, by name: each written here, or the path of a file"),
        Field("channels", CHANNELS_SECTION, "the doors that people come through"),
        Field("console", CONSOLE, "whether operators have pages, at /console, and on which port"),
        Field("metrics", Flag(), "whether a monitor may read figures, at /metrics (needs the extra metrics)"),
        Field("traces", TRACES, "where traces of messages are sent (needs the extra otel)", optional=True),
        Field("alerts", ALERTS, "what somebody is told of who does not look, and how", optional=True),
        Field("store", STORE, "where the record is kept"),
        Field(
            "engine",
            EngineRule(),
            "where conversations are executed: on threads of this process, or on the hosts of a cluster "
            "(ray: {hosts, …})",
            optional=True,
        ),
        Field(
            "limits", LIMITS, "how much one person may send, how many may come from one address, what models cost"
        ),
        Field("arrival", ARRIVAL, "how people are known by their links"),
        Field("completion", COMPLETION, "what people are told at the end of a visit, by how it ended"),
        Field(
            "waiting_pay_per_minute",
            Quantity(0, 1000),
            "what a minute of waiting for others is paid with, such as 0.15; it is only computed here",
        ),
        Field(
            "language",
            Shaped("a language such as de or pt-BR", r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "write its code"),
            "the language of all that people are shown; en de es fr pt it nl zh ja ar come with parleyrun",
        ),
        Field("texts", TEXTS, "the sentences that the system says, where they should be others"),
        Field("max_workers", Quantity(1, 1000, whole=True), "how many worlds may step at the same moment"),
        Field(
            "max_threads",
            Quantity(1, 100_000, whole=True),
            "how many worlds may wait inside parley() before newcomers are refused",
        ),
        Field(
            "tick_seconds",
            Quantity(0.01, 3600, unit="seconds"),
            "how often a world that waits is asked at least",
        ),
        Field(
            "disconnect_grace",
            Quantity(0, _DAY_SECONDS, unit="seconds"),
            "how many seconds somebody whose connection dropped has to come back",
        ),
        Field(
            "shutdown_grace",
            Quantity(0, _DAY_SECONDS, unit="seconds"),
            "how many seconds conversations have to end when the service closes",
        ),
        Field(
            "page_id",
            Several(Identifier("the id of a Facebook page"), "the id of a Facebook page", "id"),
            "the page that Messenger speaks for, or a list of several",
            optional=True,
        ),
        Field(
            "password", Secret("a password"), "what newcomers are asked for; nothing if left out", optional=True
        ),
        Field(
            "additional_args",
            Anything("arguments"),
            "the other keys may stand here too; whatever else is here is for the world module to read",
        ),
        Field(
            "compat",
            COMPAT,
            "whether our classes stand for ParlAI's names: where a project imports these (auto), always, or never",
        ),
    ),
    Config,
    free_prefix="x-",
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a whole config, as plain values."""
    return {
        "$schema": DIALECT,
        "title": "parleyrun config",
        "description": "Dialogue tasks between people and bots: which worlds, who, how many, and for how long.",
        **CONFIG.json_schema(),
    }
