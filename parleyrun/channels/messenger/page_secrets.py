"""The secrets of a page: where they come from, and the file they are kept in. Nothing here ever shows one."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...config.schema import SECRET_VARIABLES, MessengerConfig
from ...errors import ChannelError
from ...private_files import write_private

SECRET_NAMES = {
    "page_token": "page token",
    "app_secret": "app secret",
    "verify_token": "verify token",
}
"""What people call each secret, by its key under `channels.messenger`."""

ALONE: Mapping[str, Sequence[str]] = {name: (variable,) for name, variable in SECRET_VARIABLES.items()}
"""The variables of a page that is the only one."""

Ask = Callable[[str], str]
"""Asks a person for what the text names, and does not show what they type."""

Check = Callable[[str], None]
"""Raises `ChannelError` if a page token is no good."""


@dataclass(frozen=True, slots=True)
class PageSecrets:
    """What only the page's owner knows. What is not known, or not needed, is empty or None.

    Without an app secret events are taken whose signature nobody can check.
    """

    page_token: str = field(default="", repr=False)
    app_secret: str | None = field(default=None, repr=False)
    verify_token: str = field(default="", repr=False)


class SecretFile:
    """A page's secrets in a file that only its owner can read. Constructing touches nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of_page(cls, page_id: str, environment: Mapping[str, str]) -> SecretFile:
        """Return the one in the user's config folder: `$XDG_CONFIG_HOME`, or `.config` at home."""
        named = Path(environment.get("XDG_CONFIG_HOME", ""))
        # Where there is no home, "~" stays as it is, and there is no such file.
        folder = named if named.is_absolute() else Path(os.path.expanduser("~/.config"))
        return cls(folder / "parleyrun" / f"messenger-{page_id}.json")

    def read(self) -> dict[str, str]:
        """Return the secrets by key; nothing if there is no file yet.

        Raises `ChannelError` if others can read the file, or if it cannot be understood.
        """
        try:
            with self.path.open("rb") as file:
                self._refuse_if_shared(os.fstat(file.fileno()))
                found = json.loads(file.read())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ChannelError(f"cannot read {self.path}: {error.strerror or error}") from error
        except ValueError:
            found = None  # the error itself would quote the file
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise ChannelError(
                f"expected {self.path} to hold a page's secrets, got something else: "
                "delete it, and they are asked for again"
            )
        return {name: value for name, value in found.items() if name in SECRET_NAMES and value}

    def add(self, secrets: Mapping[str, str]) -> None:
        """Keep these too. Raises `ChannelError` if that is impossible."""
        content = json.dumps({**self.read(), **secrets}, indent=2)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self.path, content + "\n")
        except OSError as error:
            raise ChannelError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _refuse_if_shared(self, status: os.stat_result) -> None:
        mode = stat.S_IMODE(status.st_mode)
        if os.name == "posix" and mode & 0o077:
            raise ChannelError(
                f"expected {self.path} to be readable by you alone, got mode {mode:04o}: "
                f"run  chmod 600 '{self.path}'  and, if somebody may have read it, make new secrets"
            )


@dataclass(frozen=True, slots=True)
class SecretSources:
    """Where a page's secrets may be: in the environment, the config, the page's own file, in this order.

    `variables` are the names under which each may stand in the environment, the first one that is set counting.
    """

    config: MessengerConfig
    file: SecretFile
    environment: Mapping[str, str]
    variables: Mapping[str, Sequence[str]] = field(default_factory=lambda: ALONE)


def gather_secrets(
    sources: SecretSources,
    *,
    ask: Ask | None,
    wanted: Collection[str] = tuple(SECRET_NAMES),
    force_page_token: bool = False,
    check_page_token: Check | None = None,
) -> PageSecrets:
    """Return a page's secrets: each from the environment, else the config, else the file, else by asking.

    What a person was asked for is kept in the file.

    Args:
        sources: Where to look; what is typed is kept in their file.
        ask: Asks a person; None says that there is nobody to ask.
        wanted: The keys of those that are needed; others are left out.
        force_page_token: Asks for that one whatever is known of it.
        check_page_token: Raises `ChannelError` if a token is not the page's. One that was forced replaces
            what is kept only after this; with None it is used, and not kept.

    Raises:
        ChannelError: Names all that is missing, or what cannot be a secret, or what is wrong with a forced token.
    """
    if force_page_token and ask is None:
        raise ChannelError("--force-page-token asks for the page token, and there is no terminal to ask on")
    values = {name: known.value for name, known in find_secrets(sources).items() if name in wanted}
    if force_page_token:
        values.pop("page_token", None)
    missing = [name for name in wanted if name not in values]
    if missing:
        if ask is None:
            raise ChannelError(_all_missing(missing, sources.variables))
        for name in missing:
            values[name] = _sound(name, ask(SECRET_NAMES[name]).strip(), "what was typed")
            if name == "page_token" and force_page_token:
                if check_page_token is None:
                    continue
                check_page_token(values[name])
            sources.file.add({name: values[name]})  # at once: Meta shows a page token only once
    return PageSecrets(**values)


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """A secret, and in words where it came from."""

    value: str = field(repr=False)
    origin: str


def find_secrets(sources: SecretSources) -> dict[str, KnownSecret]:
    """Return the secrets that are known without asking anybody, by their keys under `channels.messenger`.

    Raises `ChannelError` where the file cannot be read, or where something cannot be a secret.
    """
    known: dict[str, KnownSecret] = {}
    for name, variables in sources.variables.items():
        for variable in variables:
            _note(known, name, sources.environment.get(variable), f"the environment ({variable})")
        _note(known, name, getattr(sources.config, name), "the config")
    if len(known) < len(SECRET_NAMES):
        # Not looked at for nothing: where all comes from the environment there may be no home that can be read.
        for name, value in sources.file.read().items():
            _note(known, name, value, str(sources.file.path))
    return known


def _note(known: dict[str, KnownSecret], name: str, value: str | None, origin: str) -> None:
    if name not in known and value and value.strip():
        known[name] = KnownSecret(_sound(name, value.strip(), origin), origin)


def _sound(name: str, value: str, origin: str) -> str:
    if value.isascii() and value.isprintable() and value and " " not in value:
        return value
    raise ChannelError(
        f"expected the {SECRET_NAMES[name]} from {origin} to be plain letters, digits and signs without spaces, "
        "got something else: copy it again"
    )


def _all_missing(names: list[str], known_variables: Mapping[str, Sequence[str]]) -> str:
    what = _and([f"the {SECRET_NAMES[name]}" for name in names])
    variables = _and([known_variables[name][0] for name in names])
    them = "it" if len(names) == 1 else "them"
    without = "; --insecure-webhook does without the app secret" if "app_secret" in names else ""
    return (
        f"Messenger needs {what}: set {variables}, or start once on a terminal, which asks for {them}"
        f"{without} (docs/messenger.md says where to find {them})"
    )


def _and(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
