"""Snapshots: worlds and people's data as pickles.

Seats, `opt`, and what the seats of a model share are not copied into a snapshot but named in it, so that a
restored world holds the seats, the options and the models of the new process. A pickle runs code when it is
loaded: whoever can write the store's file can run code as the user who serves from it, so the file has to be kept
as safe as the program.
"""

from __future__ import annotations

import copyreg
import io
import logging
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import FunctionType
from typing import Any, NoReturn

from ..core.bot_seats.shared_values import SharedValues, ValueName
from ..core.open_opt import OpenOpt
from ..core.opt import Opt
from ..runner.person import PersonAgent
from ..runner.seats.form_filling import SeatForms
from ..runner.seats.parlai_seat import ParlaiSeat
from ..runner.turn import RunIdentity

log = logging.getLogger(__name__)

_MODULE = __name__

NOTHING_SHARED = SharedValues()
"""Where there are no models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What worlds may hold that begun before a change of the config: its options, and what was in its modules.

    `modules` are the names of those that were imported anew since.
    """

    opts: tuple[Mapping[str, Any], ...] = ()
    modules: frozenset[str] = frozenset()
    reducers: Mapping[type, Callable[[Any], Any]] = field(init=False, repr=False, compare=False)
    """How options are pickled that are not those of the service now."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reducers", {Opt: self._name_opt, OpenOpt: self._name_open_opt})

    def _name_opt(self, value: Opt) -> Any:
        return (named_opt, ()) if self._has(value) else value.__reduce__()

    def _name_open_opt(self, value: OpenOpt) -> Any:
        return (named_opt, ()) if self._has(value) else (OpenOpt, (dict(value),))

    def _has(self, value: Any) -> bool:
        return any(value is opt for opt in self.opts)


NOTHING_EARLIER = Earlier()
"""Where nothing has been changed."""


def named_seat(index: int) -> Any:
    """Stands in a pickle for the seat of that number; never called, as loading puts the seat itself there."""
    raise pickle.UnpicklingError(f"seat {index} can only be restored within its run")


def named_opt() -> Any:
    """Stands in a pickle for the options of the service; never called either."""
    raise pickle.UnpicklingError("opt can only be restored within its run")


def named_thing(module: str, name: str) -> Any:
    """Return the class or function that has a name in a module now."""
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


class Snapshots:
    """Pickles for the runs of one service (`runner.recorder.WorldSnapshots`). Worker threads call it.

    Args:
        opt: The options of the service.
        shared: What the seats of models share; it may be filled later, before the first world is stepped.
    """

    def __init__(self, opt: Mapping[str, Any], shared: SharedValues | None = None) -> None:
        self._opt = opt
        self._shared = shared if shared is not None else NOTHING_SHARED
        self._earlier = NOTHING_EARLIER
        self._complained: set[str] = set()

    def know(self, opt: Mapping[str, Any]) -> None:
        """New worlds have these options from now on; those of worlds that go on are still known."""
        self._earlier = replace(self._earlier, opts=(self._opt, *self._earlier.opts))
        self._opt = opt

    def import_anew(self, modules: Iterable[str]) -> None:
        """Modules are about to be imported anew: what worlds hold of them goes on record by its name."""
        self._earlier = replace(self._earlier, modules=self._earlier.modules | {*modules})

    def world(self, identity: RunIdentity, world: Any, agents: Sequence[PersonAgent]) -> bytes | None:
        """Return the world as it is now, or None, with one warning for each class, if it cannot be pickled."""
        try:
            return dump(world, agents, self._opt, self._shared, self._earlier)
        except Exception as error:  # whatever an author's world holds may fail in a way of its own
            self._complain(
                f"world {identity.world}",
                "after a restart its people will be told, and brought back to the overworld",
                error,
            )
            return None

    def restore(self, snapshot: bytes, agents: Sequence[PersonAgent]) -> Any:
        """Return the world of a snapshot, with these agents in its seats. Raises whatever unpickling raises.

        A model that is not there any more raises `NotRestored`.
        """
        return load(snapshot, agents, self._opt, self._shared)

    def data(self, kept: dict[str, dict[str, Any]]) -> bytes | None:
        """Return a pickle of what is kept of a person: `data` and `stored_data`, which are under these keys."""
        try:
            return self._dumped(kept)
        except Exception as error:  # as above
            self._complain_of_data(error)
            return None

    def changed_data(self, agents: Sequence[PersonAgent]) -> tuple[tuple[str, bytes], ...]:
        """Return whose data is not what is on record of it, and take it to be on record from now on."""
        changed = []
        is_plain = not self._earlier.modules
        for agent in agents:
            if agent.replaced:  # what is kept of somebody who is elsewhere is for others to record
                continue
            try:  # without a function of its own where it is plain, as each turn passes here
                data = pickle.dumps(agent.kept, pickle.HIGHEST_PROTOCOL) if is_plain else self._dumped(agent.kept)
            except Exception as error:  # as above
                self._complain_of_data(error)
                continue
            if data != agent.data_on_record:
                agent.data_on_record = data
                changed.append((agent.id, data))
        return tuple(changed)

    def _dumped(self, kept: Any) -> bytes:
        if not self._earlier.modules:
            return pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)
        buffer = io.BytesIO()
        _EarlierPickler(buffer, {}, self._earlier.modules).dump(kept)
        return buffer.getvalue()

    def _complain_of_data(self, error: Exception) -> None:
        self._complain("agent.data", "it will not be there after a restart", error)

    def _complain(self, what: str, consequence: str, error: Exception) -> None:
        if what not in self._complained:
            self._complained.add(what)
            log.warning("%s cannot be put on record (%s: %s): %s", what, type(error).__name__, error, consequence)


class _NamingPickler(pickle.Pickler):
    """Names what is shared. Only where something is: it is asked about every single object."""

    def __init__(self, file: io.BytesIO, names: Mapping[int, tuple[ValueName, ...]]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._names = names

    def persistent_id(self, value: Any) -> tuple[ValueName, ...] | None:
        return self._names.get(id(value))


class _EarlierPickler(_NamingPickler):
    """Names what was in a module before that was imported anew. Only then: Python calls it for every object."""

    def __init__(
        self, file: io.BytesIO, names: Mapping[int, tuple[ValueName, ...]], modules: frozenset[str]
    ) -> None:
        super().__init__(file, names)
        self._modules = modules

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, type | FunctionType) or value.__module__ not in self._modules:
            return NotImplemented
        # What was made inside a function cannot be found by its name, and fails as ever.
        return (
            NotImplemented if "<" in value.__qualname__ else (named_thing, (value.__module__, value.__qualname__))
        )


_WITH_MEMO = b"\x01"
"""How a snapshot begins whose pickle counts on a memo; after it, in two bytes, on how many things in it."""


def _refuse_seat(agent: PersonAgent) -> NoReturn:
    raise pickle.PicklingError(f"the world holds {agent!r}, who has no seat in it")


_SEATS: dict[type, Callable[[Any], Any]] = {PersonAgent: _refuse_seat, ParlaiSeat: _refuse_seat}
"""How seats are pickled that the memo does not have."""


def dump(
    world: Any,
    agents: Sequence[PersonAgent],
    opt: Mapping[str, Any],
    shared: SharedValues = NOTHING_SHARED,
    earlier: Earlier = NOTHING_EARLIER,
) -> bytes:
    """Return the pickle of a world, and of the forms at its seats. Raises whatever pickling raises.

    The seats and the options are in the pickler's memo from the start, and so in that of who loads it: each is a
    reference of two bytes, and no name that has to be looked up.

    Args:
        world: The world.
        agents: Its seats.
        opt: The options of the service.
        shared: What the seats of models share.
        earlier: What worlds may hold of the time before a change.
    """
    buffer = io.BytesIO()
    buffer.write(_WITH_MEMO + (1 + len(agents)).to_bytes(2, "little"))
    pickler: Any
    if earlier.modules:
        pickler = _EarlierPickler(buffer, shared.names, earlier.modules)
    elif shared.names:
        pickler = _NamingPickler(buffer, shared.names)
    else:
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, **_SEATS, **earlier.reducers}
    known: dict[int, tuple[int, Any]] = {id(opt): (0, opt)}
    for seat, agent in enumerate(agents, 1):  # without a function of its own, as each turn passes here
        known[id(agent)] = seat, agent
    pickler.memo = known
    pickler.dump(world)
    forms: dict[int, SeatForms] = {}
    for seat, agent in enumerate(agents):  # as above
        if agent.forms.asked:
            forms[seat] = agent.forms
    if forms:
        pickler.dump(forms)
    return buffer.getvalue()


def load(
    snapshot: bytes, agents: Sequence[PersonAgent], opt: Mapping[str, Any], shared: SharedValues = NOTHING_SHARED
) -> Any:
    """Return the world of a pickle; its seats have their forms again. Raises whatever unpickling raises."""
    known = (opt, *agents)
    if snapshot.startswith(_WITH_MEMO):  # else it is of a version that named seats and options
        number = int.from_bytes(snapshot[1:3], "little")
        snapshot = _memo_of(number) + snapshot[3:]
        buffer = io.BytesIO(snapshot)
        unpickler = _Unpickler(buffer, known, shared)
        unpickler.load()
    else:
        buffer = io.BytesIO(snapshot)
        unpickler = _Unpickler(buffer, known, shared)
    world = unpickler.load()
    if buffer.tell() < len(snapshot):
        for seat, forms in unpickler.load().items():
            agents[seat].forms = forms
    return world


def _memo_of(number: int) -> bytes:
    """Return a pickle that has whoever loads it put that many known things into the memo, in order."""
    each = (pickle.BININT + n.to_bytes(4, "little") + pickle.BINPERSID + pickle.MEMOIZE for n in range(number))
    return b"".join([pickle.PROTO, bytes([4]), pickle.MARK, *each, pickle.TUPLE, pickle.STOP])


class _Unpickler(pickle.Unpickler):
    """`known` are the options of the service and the seats, which have these numbers."""

    def __init__(self, file: io.BytesIO, known: tuple[Any, ...], shared: SharedValues) -> None:
        super().__init__(file)
        self._known = known
        self._shared = shared

    def persistent_load(self, names: Any) -> Any:
        if not isinstance(names, int):
            return self._shared.value(names)
        if names >= len(self._known):
            raise pickle.UnpicklingError(
                f"seat {names - 1} is not there: expected {len(self._known) - 1} seats at most"
            )
        return self._known[names]

    def find_class(self, module: str, name: str) -> Any:
        if module == _MODULE and name == "named_seat":
            return self._known[1:].__getitem__
        if module == _MODULE and name == "named_opt":
            return lambda: self._known[0]
        return super().find_class(module, name)
