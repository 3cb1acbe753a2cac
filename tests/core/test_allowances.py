"""What an answer may take: promised before it is asked for, settled when it is there."""

from types import SimpleNamespace

import pytest

from parleyrun.core.bot_seats.allowance import Allowance
from parleyrun.core.bot_seats.promises import Promises
from parleyrun.core.bot_seats.spending import Spending, SpendingLimit
from parleyrun.core.model_answer import ModelAnswer
from parleyrun.errors import ModelError, ModelFailure


class Shop:
    """A study with a limit, and what it hands out."""

    def __init__(self, max_cost=None, max_tokens=None):
        self.study = Spending()
        self.promises = Promises()
        self.limit = SpendingLimit(of=(self.study,), max_cost=max_cost, max_tokens=max_tokens, whose="the study")

    def allowance(self):
        return Allowance((self.study,), (self.limit,), self.promises)


def thinking(on_wait):
    return SimpleNamespace(is_over=lambda: False, wait=lambda seconds, call_later: on_wait(call_later))


def never_waits(_call_later):
    raise AssertionError("expected room for it")


def test_what_fits_is_promised_at_once_and_what_does_not_waits_until_another_is_settled():
    shop = Shop(max_tokens=20)
    order = []
    first = shop.allowance().request(0.0, 12, thinking(never_waits))
    first.__enter__()

    def wait(call_later):
        order.append("waits")
        call_later(0.0, lambda: order.append("told"))
        first.__exit__(None, None, None)

    with shop.allowance().request(0.0, 12, thinking(wait)):
        order.append("asks")
    assert order == ["waits", "told", "asks"]
    assert shop.study.promised_tokens == 0


def test_by_cost_too():
    shop = Shop(max_cost=1.0)
    first, second = (shop.allowance().request(cost, 5, thinking(never_waits)) for cost in (0.6, 0.4))
    waited = []
    with first, second:
        with pytest.raises(ModelError), shop.allowance().request(0.1, 5, thinking(waited.append)):
            pass
        assert len(waited) == 1


def test_one_that_is_larger_than_the_limit_is_asked_for_if_it_is_alone():
    with Shop(max_tokens=20).allowance().request(0.0, 500, thinking(never_waits)):
        pass


def test_whoever_is_not_waited_for_any_more_takes_no_room():
    shop = Shop(max_tokens=10)
    with shop.allowance().request(0.0, 8, thinking(never_waits)):
        left = shop.allowance().request(0.0, 8, thinking(lambda call_later: None))
        with pytest.raises(ModelError) as raised, left:
            raise AssertionError("nobody waits for it")
        assert raised.value.cause is ModelFailure.CUT
        assert shop.study.promised_tokens == 8
    assert shop.study.promised_tokens == 0


def test_whoever_waits_is_refused_once_others_have_reached_the_limit():
    shop = Shop(max_tokens=10)
    other = shop.allowance()
    first = other.request(0.0, 8, thinking(never_waits))
    first.__enter__()

    def wait(call_later):
        call_later(0.0, lambda: None)
        other.took(0.0, 10)
        first.__exit__(None, None, None)

    with pytest.raises(ModelError) as raised, shop.allowance().request(0.0, 8, thinking(wait)):
        pass
    assert raised.value.cause is ModelFailure.LIMIT


def test_a_request_within_an_answer_is_looked_at_by_what_the_requests_before_it_took():
    allowance = Shop(max_tokens=10).allowance()
    with allowance.request(0.0, 5, thinking(never_waits)):
        allowance.took(0.0, 10)
    with pytest.raises(ModelError, match="10 of 10"), allowance.request(0.0, 5, thinking(never_waits)):
        pass


def test_what_was_counted_by_request_is_not_counted_again_with_the_answer():
    shop = Shop(max_cost=10.0)
    allowance = shop.allowance()
    with allowance.request(0.5, 5, thinking(never_waits)):
        allowance.took(0.25, 10)
    allowance.settle(ModelAnswer(model="m", prompt_tokens=10, completion_tokens=2, cost=0.5))
    assert (shop.study.cost, shop.study.tokens) == (0.5, 12)


def test_without_a_limit_nothing_is_promised():
    shop = Shop()
    with shop.allowance().request(1e9, 10**9, thinking(never_waits)):
        assert shop.study.promised_tokens == 0
