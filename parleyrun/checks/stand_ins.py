"""Stand-ins that cost next to nothing, and a snapshot that goes with them: enough to see that a world is sound."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..core.agents import Agent
from ..core.forms.form import Form
from ..core.forms.form_result import FormResult
from ..core.message import Act, message_from_act
from ..core.seats import ParlaiNames, Seat
from ..errors import RunStopped


class QuickSeat(ParlaiNames, Agent):
    """The seat of somebody who says nothing. A world that waits for them gets `RunStopped`."""

    is_bot = False

    def __init__(self, id: str, onboard_data: Any) -> None:
        super().__init__(id=id)
        self.data: dict[str, Any] = {}
        self.stored_data: dict[str, Any] = {}
        self.onboard_data = onboard_data
        self.message_partners: Sequence[Seat] = ()
        self.seat = 0
        self._asked = False

    @property
    def manager(self) -> Any:
        """What stands in for the service."""
        from .model_stand_ins import StandInService  # only where a world asks for it

        return StandInService()

    def act(self, timeout: float | None = None) -> Act | None:
        if timeout is not None or self._asked:
            self.act_blocking()
        self._asked = True
        return None

    def act_blocking(self, timeout: float | None = None) -> NoReturn:
        raise RunStopped

    def ask(self, form: Form, timeout: float | None = None) -> FormResult | None:
        if self._asked:
            self.act_blocking()
        self._asked = True
        return None

    def ask_blocking(self, form: Form, timeout: float | None = None) -> NoReturn:
        raise RunStopped

    def observe(self, act: Mapping[str, Any]) -> None:
        message_from_act(act, _leave_out)

    def put_data(self, message: Mapping[str, Any]) -> None:
        message_from_act(message, _leave_out)

    def __getstate__(self) -> dict[str, Any]:
        raise TypeError("a person's seat is recorded by its id, not pickled by value")


def _leave_out(_path: str, _why: str) -> None:
    """What an act has and the record cannot hold is left out, and warned of, where the world runs."""


def quick_round_trip(world: Any, agents: Sequence[QuickSeat], opt: Mapping[str, Any]) -> Any:
    """Pickle a world, its seats and options by name only, and read it back. Raises whatever pickling raises."""
    named_values = (*agents, opt)
    buffer = io.BytesIO()
    _Pickler(buffer, named_values).dump(world)
    buffer.seek(0)
    return _Unpickler(buffer, named_values).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, named_values: Sequence[Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._indices = {id(value): index for index, value in enumerate(named_values)}

    def persistent_id(self, value: Any) -> int | None:
        return self._indices.get(id(value))


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, named_values: Sequence[Any]) -> None:
        super().__init__(file)
        self._named_values = named_values

    def persistent_load(self, index: Any) -> Any:
        return self._named_values[index]
