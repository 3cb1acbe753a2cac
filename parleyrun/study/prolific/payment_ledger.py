"""The ledger of payments: a file beside the store says who was paid for what, so that nobody is paid twice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ...core.message import FrozenDict
from ...errors import PanelError
from ...private_files import create_private, sync_folder, write_private

PaymentState = Literal["asked", "paid", "unpaid"]
"""What is known: that Prolific was asked to pay, that it said it will, or that it has not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Bonuses that Prolific was asked to pay with one request.

    Attributes:
        bulk_id: What Prolific calls them.
        study_id: Of the study.
        label: What they are for. Nobody is paid for the same thing twice in one study.
        cents: By submission, in pence or cents.
        at: Wall time of the request.
        state: What is known of it. One that was only `asked` counts as paid until somebody has looked.
    """

    bulk_id: str
    study_id: str
    label: str
    cents: Mapping[str, int]
    at: float
    state: PaymentState = "asked"


class PaymentLedger:
    """Reads and writes the file `STORE.prolific-payments`, a JSON object a line. For one thread.

    Args:
        store: The file of the store.
    """

    def __init__(self, store: Path) -> None:
        self.path = Path(f"{store}.prolific-payments")

    def payments(self) -> list[Payment]:
        """Return all payments, the oldest first. Raises `PanelError` where the file cannot be understood."""
        found: dict[str, Payment] = {}
        for number, line in enumerate(self._lines(), 1):
            try:
                told = json.loads(line)
                bulk_id, state = told["bulk"], told["state"]
                if state not in get_args(PaymentState):
                    raise ValueError(state)
                found[bulk_id] = (
                    replace(found[bulk_id], state=state) if bulk_id in found else _payment(bulk_id, state, told)
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise PanelError(
                    f"expected a payment in line {number} of {self.path}, got something else: put the file back "
                    "as it was before anything is paid"
                ) from error
        return list(found.values())

    def paid(self, study_id: str, label: str) -> dict[str, int]:
        """Return what each submission of a study was paid for one thing, or may have been, in pence or cents."""
        sums: dict[str, int] = {}
        for payment in self.payments():
            if payment.study_id == study_id and payment.label == label and payment.state != "unpaid":
                for submission, cents in payment.cents.items():
                    sums[submission] = sums.get(submission, 0) + cents
        return sums

    def ask(self, payment: Payment) -> None:
        """Put on record that Prolific is about to be asked. It is on the disk when this returns."""
        self._append(
            {
                "bulk": payment.bulk_id,
                "state": payment.state,
                "study": payment.study_id,
                "label": payment.label,
                "cents": dict(payment.cents),
                "at": payment.at,
            }
        )

    def settle(self, bulk_id: str, state: PaymentState) -> None:
        """Put on record what became of a payment. Raises `PanelError` where there is none of that id."""
        known = [payment.bulk_id for payment in self.payments()]
        if bulk_id not in known:
            raise PanelError(f"expected the id of a payment in {self.path}, got {bulk_id[:60]!r}")
        self._append({"bulk": bulk_id, "state": state})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other commands from paying until the end of the block.

        Raises:
            PanelError: Another one is at it, or was cut off in the middle.
        """
        lock = Path(f"{self.path}.lock")
        try:
            handle = create_private(lock)
        except FileExistsError as error:
            raise PanelError(
                f"another command is paying, or was cut off while it did: see that none runs, then remove {lock}"
            ) from error
        except OSError as error:
            raise PanelError(f"cannot write {lock}: {error.strerror or error}") from error
        try:
            os.close(handle)
            yield
        finally:
            lock.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        return [line for line in self._content().splitlines() if line.strip()]

    def _content(self) -> str:
        try:
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise PanelError(f"cannot read {self.path}: {error}") from error

    def _append(self, told: Mapping[str, Any]) -> None:
        content = f"{self._content()}{json.dumps(told)}\n"
        try:
            # Whole from the first moment: half a line would keep everybody from being paid.
            write_private(self.path, content)
            sync_folder(self.path.parent)
        except OSError as error:
            raise PanelError(
                f"cannot write {self.path}: {error.strerror or error}; nothing is paid that cannot be put into it"
            ) from error


def _payment(bulk_id: str, state: PaymentState, told: Mapping[str, Any]) -> Payment:
    return Payment(
        bulk_id=bulk_id,
        study_id=told["study"],
        label=told["label"],
        cents=FrozenDict({submission: int(cents) for submission, cents in told["cents"].items()}),
        at=float(told["at"]),
        state=state,
    )
