"""Messages that are not taken: who sent one again that was taken is told so, and nobody need be told at all."""

from parleyrun.errors import StoreError
from parleyrun.events import Inbound, Receipt, RefusalReason
from parleyrun.service.inbound.inbound_refusals import InboundRefusals

TOO_LONG, TROUBLE = RefusalReason.TOO_LONG, RefusalReason.TROUBLE


class Store:
    """Has one message on record, if it can be read."""

    def __init__(self, trouble=None, readable=True):
        self.why, self.readable = trouble, readable

    def trouble(self):
        return self.why

    def after(self, call):
        call()

    def line_of_message(self, who, message_id):
        if not self.readable:
            raise StoreError("the disk is gone")
        return 7 if message_id == "known" else 0


def refused(store, message_id, *, tells=True):
    receipts = []
    refusals = InboundRefusals(store)
    refusals.refuse(Inbound("memory:ann", message_id, "hi"), TOO_LONG, receipts.append if tells else None)
    return receipts, refusals.counts


def test_what_is_on_record_is_acknowledged_once_more_and_no_refusal():
    assert refused(Store(), "known") == ([Receipt(7, duplicate=True)], {})
    assert refused(Store(), "known", tells=False) == ([], {})


def test_what_is_new_is_refused_and_counted_whether_or_not_anybody_is_told():
    assert refused(Store(), "new") == ([Receipt(refused=TOO_LONG)], {TOO_LONG.value: 1})
    assert refused(Store(), "new", tells=False) == ([], {TOO_LONG.value: 1})


def test_with_a_store_in_trouble_that_is_the_reason():
    for store in (Store(trouble="the disk is full"), Store(readable=False)):
        assert refused(store, "known") == ([Receipt(refused=TROUBLE)], {TROUBLE.value: 1})
