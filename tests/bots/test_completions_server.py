"""What stands around a request: retries, limits, budgets, and leaving a server alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from types import SimpleNamespace

import pytest
from completions_lab import ASK, PatientTimers, refused, server_of

from parleyrun.bots.chat_completions.limits.circuit_breaker import FIRST_REST_SECONDS, OPENS_AFTER, CircuitBreaker
from parleyrun.bots.chat_completions.limits.concurrency_limit import ConcurrencyLimit
from parleyrun.bots.chat_completions.limits.rate_budget import RateBudget
from parleyrun.bots.chat_completions.limits.retry_schedule import RetrySchedule
from parleyrun.core.thinking import UNDISTURBED
from parleyrun.errors import ModelError, ModelFailure
from parleyrun.testing.fake_model.fake_model import FakeModel
from parleyrun.testing.fake_model.fake_replies import FakeReply, rate_limited, server_error, wrong_key


@pytest.fixture
def model():
    with FakeModel("Hi") as model:
        yield model


class TestRetries:
    def test_what_may_pass_is_tried_again(self, model):
        timers = PatientTimers()
        model.then(refused(503, {"message": "Loading model"}), FakeReply(status=502, body=b"<html>502</html>"))
        answered = server_of(model, timers).complete(ASK, 10)
        assert (answered.completion.text, answered.tries, len(model.requests)) == ("Hi", 3, 3)
        assert 0.25 <= timers.waited[0] <= 0.5 <= timers.waited[1] <= 1.0

    def test_the_servers_own_time_is_kept(self, model):
        timers = PatientTimers()
        model.then(refused(429, {"message": "no"}, retry_after_ms="50", Retry_After="9"), rate_limited(2))
        server_of(model, timers).complete(ASK, 10)
        assert 0.05 <= timers.waited[0] <= 0.055
        assert 2.0 <= timers.waited[1] <= 2.2

    def test_a_time_that_is_too_long_is_an_answer(self, model):
        model.then(rate_limited(500))
        with pytest.raises(ModelError):
            server_of(model).complete(ASK, 10)
        assert len(model.requests) == 1

    @pytest.mark.parametrize("reply", [wrong_key(), refused(429, {"message": "no", "type": "insufficient_quota"})])
    def test_what_will_not_pass_is_asked_once(self, model, reply):
        model.then(reply)
        with pytest.raises(ModelError):
            server_of(model).complete(ASK, 10)
        assert len(model.requests) == 1

    def test_there_is_an_end_to_it(self, model):
        model.then(*[server_error()] * 10)
        with pytest.raises(ModelError) as raised:
            server_of(model, schedule=RetrySchedule(tries=3)).complete(ASK, 10)
        assert (raised.value.tries, len(model.requests)) == (3, 3)

    def test_nobody_waits_any_more(self, model):
        model.then(server_error())
        over = []
        with pytest.raises(ModelError, match="nobody waits"):
            server_of(
                model,
                timers=SimpleNamespace(
                    clock=PatientTimers().clock, call_later=lambda _seconds, fire: (over.append(1), fire())
                ),
            ).complete(ASK, 10, thinking=SimpleNamespace(is_over=lambda: bool(over), wait=UNDISTURBED.wait))
        assert len(model.requests) == 1

    def test_waits_grow_and_are_spread(self):
        error = ModelError("no", ModelFailure.SERVER, may_pass=True)
        schedule = RetrySchedule(tries=20)
        waits = [schedule.wait_seconds(error, tried, Random(tried)) for tried in range(1, 12)]
        assert max(waits) <= 8.0
        assert waits[0] <= 0.5 < waits[3]
        assert schedule.wait_seconds(error, 20, Random(1)) is None


class TestHowManyAtOnce:
    def test_never_more_than_allowed(self, model):
        server = server_of(model, most=3)
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda _: server.complete(ASK, 10), range(40)))
        assert model.most_at_once <= 3
        assert len(model.requests) == 40

    def test_it_falls_once_for_a_burst_and_rises_again(self):
        now = [0.0]
        limit = ConcurrencyLimit(100, lambda: now[0])
        entered = [limit.enter(lambda: False) for _ in range(100)]
        now[0] = 1.0
        for each in entered:
            limit.leave(each, too_much=True)
        assert limit.limit == 70
        now[0] = 2.0
        for _ in range(4000):
            limit.leave(limit.enter(lambda: False), too_much=False)
        assert limit.limit == 100

    def test_it_never_falls_to_nothing(self):
        now = [0.0]
        limit = ConcurrencyLimit(4, lambda: now[0])
        for _ in range(20):
            entered = limit.enter(lambda: False)
            now[0] += 1.0
            limit.leave(entered, too_much=True)
            now[0] += 1.0
        assert limit.limit == 1

    def test_who_waits_for_nothing_goes(self):
        limit = ConcurrencyLimit(1, lambda: 0.0)
        entered = limit.enter(lambda: False)
        over = threading.Event()
        got = []
        waiting = threading.Thread(target=lambda: got.append(limit.enter(over.is_set)))
        waiting.start()
        over.set()
        limit.wake()
        waiting.join(10)
        assert got == [None]
        limit.leave(entered, too_much=False)


class TestBudgets:
    def test_requests_a_minute(self):
        now = [0.0]
        budget = RateBudget(60, None, lambda: now[0])
        assert [budget.take(1) for _ in range(60)] == [0.0] * 60
        assert budget.take(1) == pytest.approx(1.0)
        now[0] = 120.0
        assert budget.take(1) == 0.0

    def test_tokens_a_minute_are_put_right_once_they_are_known(self):
        budget = RateBudget(None, 6000, lambda: 0.0)
        assert budget.take(6000) == 0.0
        budget.settle(6000, 1000)
        assert budget.take(5000) == 0.0
        assert budget.take(100) == pytest.approx(1.0)


class TestLeavingAlone:
    def test_after_failures_in_a_row_and_one_request_tries_it_out(self):
        now = [0.0]
        breaker = CircuitBreaker("seller", lambda: now[0])
        error = ModelError("it died", ModelFailure.SERVER)
        for _ in range(OPENS_AFTER):
            breaker.check()
            breaker.failed(error)
        with pytest.raises(ModelError, match=r"seller is not asked for 5\.0 s more.*it died") as raised:
            breaker.check()
        assert raised.value.cause is ModelFailure.RESTING
        assert "it died" in breaker.trouble()
        now[0] = FIRST_REST_SECONDS + 0.1
        breaker.check()
        with pytest.raises(ModelError):
            breaker.check()
        breaker.succeeded()
        breaker.check()
        assert breaker.trouble() is None

    def test_it_rests_longer_each_time(self):
        now = [0.0]
        breaker = CircuitBreaker("seller", lambda: now[0])
        error = ModelError("it died", ModelFailure.SERVER)
        for _ in range(OPENS_AFTER):
            breaker.failed(error)
        now[0] = 6.0
        breaker.check()
        breaker.failed(error)
        with pytest.raises(ModelError, match=r"10\.0 s more"):
            breaker.check()

    @pytest.mark.parametrize("cause", [ModelFailure.CONTEXT, ModelFailure.FILTERED, ModelFailure.REQUEST])
    def test_what_is_one_conversations_fault_is_not_the_servers(self, cause):
        breaker = CircuitBreaker("seller", lambda: 0.0)
        for _ in range(20):
            breaker.failed(ModelError("no", cause))
        breaker.check()

    def test_a_wrong_key_is_no_storm(self, model):
        model.then(*[wrong_key()] * 50)
        server = server_of(model)
        for _ in range(50):
            with pytest.raises(ModelError):
                server.complete(ASK, 10)
        assert len(model.requests) == OPENS_AFTER
