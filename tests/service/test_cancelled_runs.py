"""A task that is cancelled before a worker was free for it."""

import threading

from small_worlds import Echo, Menu, go, opened, pair

PATIENCE_SECONDS = 60.0


def test_people_of_a_run_that_is_cancelled_before_it_begins_go_back_as_after_a_stop():
    began, go_on, services = threading.Event(), threading.Event(), []

    def occupy():
        began.set()
        assert go_on.wait(PATIENCE_SECONDS)

    class Crowded(Menu):
        """Has something else done in the only slot right before bob's task is launched."""

        def parley(self):
            choice = super().parley()
            if choice is not None and self.agents[0].id.endswith("bob"):
                services[0]._runner.call(occupy)
            return choice

    class Never(Echo):
        def __init__(self, opt, agents):
            raise AssertionError("this world is never built")

    with opened({"chat": pair(Never)}, overworld=Crowded, max_workers=1) as rehearsal:
        services.append(rehearsal.service)
        ann, bob = rehearsal.people("ann", "bob")
        go(rehearsal, "chat", "ann")
        bob.says("hi")
        rehearsal.channel.say("bob", "chat")
        assert began.wait(PATIENCE_SECONDS)
        assert rehearsal.service._desk.wait_idle(PATIENCE_SECONDS)
        runner = rehearsal.service._runner
        (future,) = [run.future for run in list(runner._runs.values()) if run.identity.group == "chat"]
        assert not future.running()
        assert future.cancel()
        go_on.set()
        rehearsal.settle()
        for person in (ann, bob):
            assert person.place == "overworld"
            person.sees("stopped")
        assert rehearsal.service.counts().runs_ended == {"stopped": 1}
