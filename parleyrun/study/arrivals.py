"""Arrivals: who a link says somebody is, and whether that is to be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..config.panels.arrival_ids import MAX_ID_CHARACTERS, is_unfilled
from ..core.message import FrozenDict
from .signed_links import SIGNATURE, LinkSigner


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody came.

    Attributes:
        parameters: Of their link, as they are kept: a signature is not.
        identity: Who they are to the panel: the parameter's name in small letters, `=`, and its value; None where
            the link does not say.
        proven: Whether the link alone is enough to be taken for that person.
    """

    parameters: FrozenDict
    identity: str | None
    proven: bool


class ArrivalReader:
    """Reads links. Any thread.

    Args:
        id_names: The parameters that may say who somebody is, in whatever case; the first that is there counts.
        signer: Knows which links were signed here; None believes every link.
    """

    def __init__(self, id_names: Sequence[str] = (), signer: LinkSigner | None = None) -> None:
        self._id_names = tuple(name.casefold() for name in id_names)
        self._signer = signer

    def open(self) -> None:
        """Get ready. Raises `ChannelError` where there is no secret to sign with."""
        if self._signer is not None:
            self._signer.open()

    @property
    def invited_only(self) -> bool:
        """Whether nobody is let in whose link was not signed here."""
        return self._signer is not None

    def read(self, parameters: Mapping[str, str]) -> Arrival:
        """Return who a link's parameters say somebody is."""
        identity = self._identity(parameters)
        if self._signer is None:
            return Arrival(FrozenDict(parameters), identity, proven=True)
        kept = FrozenDict({name: value for name, value in parameters.items() if name != SIGNATURE})
        signature = parameters.get(SIGNATURE, "")
        return Arrival(kept, identity, identity is not None and self._signer.is_of(signature, identity))

    def _identity(self, parameters: Mapping[str, str]) -> str | None:
        found = {name.casefold(): value for name, value in reversed(list(parameters.items()))}
        for name in self._id_names:
            value = found.get(name, "").strip()
            if value and len(value) <= MAX_ID_CHARACTERS and not is_unfilled(value):
                return identity_of(name, value)
        return None


def identity_of(name: str, value: str) -> str:
    """Return who somebody is whom the parameter of that name calls so."""
    return f"{name.casefold()}={value}"
