"""The token of Prolific's API: where it comes from, and the file it is kept in. Nothing here ever shows it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from ...errors import PanelError
from ...private_files import create_private

TOKEN_VARIABLE = "PARLEYRUN_PROLIFIC_TOKEN"  # noqa: S105 - the name of a variable
"""The variable of the environment that has the token."""


def token_file(environment: Mapping[str, str]) -> Path:
    """Return the file in the user's config folder: below `$XDG_CONFIG_HOME`, or `.config` at home."""
    named = Path(environment.get("XDG_CONFIG_HOME", ""))
    # Where there is no home, "~" stays as it is, and there is no such file.
    folder = named if named.is_absolute() else Path(os.path.expanduser("~/.config"))
    return folder / "parleyrun" / "prolific-token"


def prolific_token(environment: Mapping[str, str], ask: Callable[[], str] | None = None) -> str:
    """Return the token: the environment's, or else the file's, or else what a person types, which is kept.

    Args:
        environment: May have it in PARLEYRUN_PROLIFIC_TOKEN.
        ask: Asks a person, and does not show what they type; None where there is nobody to ask.

    Raises:
        PanelError: There is none, others can read its file, or it cannot be a token.
    """
    given = environment.get(TOKEN_VARIABLE, "").strip()
    if given:
        return _sound(given, TOKEN_VARIABLE)
    path = token_file(environment)
    kept = _read(path)
    if kept is not None:
        return _sound(kept, str(path))
    if ask is None:
        raise PanelError(
            f"Prolific's API needs a token: set {TOKEN_VARIABLE}, or put it into {path} with mode 0600 "
            "(Prolific shows it under Settings, API tokens)"
        )
    typed = _sound(ask().strip(), "what was typed")
    _keep(path, typed)
    return typed


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise PanelError(
                    f"expected {path} to be readable by you alone, got mode {mode:04o}: run  chmod 600 '{path}'  "
                    "and, if somebody may have read it, make a new token"
                )
            return file.read(4096).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PanelError(f"cannot read {path}: {error.strerror or error}") from error


def _keep(path: Path, token: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(create_private(path), "w", encoding="ascii") as file:
            file.write(token + "\n")
    except OSError as error:
        raise PanelError(f"cannot write {path}: {error.strerror or error}") from error


def _sound(token: str, origin: str) -> str:
    if token and token.isascii() and token.isprintable() and " " not in token:
        return token
    raise PanelError(
        f"expected the token from {origin} to be plain letters, digits and signs without spaces, "
        "got something else: copy it again"
    )
