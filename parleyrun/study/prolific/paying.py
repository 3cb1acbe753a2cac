"""Paying bonuses: set up, on record, paid, in this order."""

from __future__ import annotations

from collections.abc import Callable

from ...core.message import FrozenDict
from ...errors import PanelError
from .bonus_plan import BonusPlan
from .payment_ledger import Payment, PaymentLedger
from .prolific_api import ProlificApi


def pay_bonuses(api: ProlificApi, ledger: PaymentLedger, plan: BonusPlan, now: Callable[[], float]) -> Payment:
    """Pay what is planned, and return it as it is on record.

    Args:
        api: Prolific.
        ledger: Says who was paid; the caller holds it since before the plan was made from it.
        plan: With at least one bonus.
        now: Returns wall time in seconds.

    Raises:
        PanelError: Nothing was paid; or, where the message says so, that is not known.
    """
    by_person: dict[str, int] = {}
    for bonus in plan.bonuses:
        by_person[bonus.person] = by_person.get(bonus.person, 0) + bonus.cents
    quote = api.set_up_bonuses(plan.study_id, by_person)
    cents = FrozenDict({bonus.submission: bonus.cents for bonus in plan.bonuses})
    payment = Payment(bulk_id=quote.bulk_id, study_id=plan.study_id, label=plan.label, cents=cents, at=now())
    ledger.ask(payment)
    try:
        api.pay_bonuses(quote.bulk_id)
    except PanelError as error:
        if not error.may_have_been_done:
            ledger.settle(quote.bulk_id, "unpaid")
            raise PanelError(f"{error}; nothing was paid", status=error.status) from error
        raise PanelError(
            f"{error}. Whether the bonuses {quote.bulk_id} were paid is not known, so they count as paid: look at "
            f"the study's bonuses at Prolific, then say  --settle {quote.bulk_id}=paid  or  =unpaid",
            status=error.status,
            may_have_been_done=True,
        ) from error
    ledger.settle(quote.bulk_id, "paid")
    return Payment(
        bulk_id=quote.bulk_id,
        study_id=plan.study_id,
        label=plan.label,
        cents=cents,
        at=payment.at,
        state="paid",
    )
