"""Arrivals: who a link says somebody is, and whether that is to be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..config.panels.arrival_ids import MAX_ID_CHARACTERS, is_unfilled
from ..config.schema import CompletionEntry
from ..core.message import FrozenDict
from .signed_links import SIGNATURE, LinkSigner

LinkFault = Literal["bad_link", "no_id", "not_invited"]
"""Why a link lets nobody in; also the sentence that says so."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How somebody came.

    Attributes:
        parameters: Of their link, as they are kept: a signature is not.
        identity: Who they are to the panel: the parameter's name in small letters, `=`, and its value; None where
            the link does not say.
        fault: Why the link alone lets nobody in; None if it does.
    """

    parameters: FrozenDict
    identity: str | None
    fault: LinkFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules:
    """Who may come in.

    Attributes:
        required: Whether a link has to say who somebody is.
        allowed: The ids of those who may come in; None for all.
        single_use: Whether a link is for the first of those who open it only.
        devices: The kinds of device that will do; none for all.
        browsers: The browsers that will do; none for all.
        completion: What people are told at the end, by outcome: also those who cannot take part.
    """

    required: bool = False
    allowed: frozenset[str] | None = None
    single_use: bool = False
    devices: tuple[str, ...] = ()
    browsers: tuple[str, ...] = ()
    completion: Mapping[str, CompletionEntry] = field(default_factory=FrozenDict)

    @property
    def looks_at_devices(self) -> bool:
        """Whether it matters with what somebody comes."""
        return bool(self.devices or self.browsers)


class ArrivalReader:
    """Reads links. Any thread.

    Args:
        id_names: The parameters that may say who somebody is, in whatever case; the first that is there counts.
        signer: Knows which links were signed here; None believes every link.
        rules: Who may come in.
    """

    def __init__(
        self,
        id_names: Sequence[str] = (),
        signer: LinkSigner | None = None,
        rules: DoorRules = DoorRules(),
    ) -> None:
        self._id_names = tuple(name.casefold() for name in id_names)
        self._signer = signer
        self.rules = rules

    def open(self) -> None:
        """Get ready. Raises `ChannelError` where there is no secret to sign with."""
        if self._signer is not None:
            self._signer.open()

    def read(self, parameters: Mapping[str, str]) -> Arrival:
        """Return who a link's parameters say somebody is."""
        identity = self._identity(parameters)
        if self._signer is None:
            kept = FrozenDict(parameters)
        else:
            kept = FrozenDict({name: value for name, value in parameters.items() if name != SIGNATURE})
        return Arrival(kept, identity, self._fault(identity, parameters.get(SIGNATURE, "")))

    def _fault(self, identity: str | None, signature: str) -> LinkFault | None:
        if self._signer is not None and (identity is None or not self._signer.is_of(signature, identity)):
            return "bad_link"
        if identity is None:
            return "no_id" if self.rules.required or self.rules.allowed is not None else None
        if self.rules.allowed is not None and identity.partition("=")[2] not in self.rules.allowed:
            return "not_invited"
        return None

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
