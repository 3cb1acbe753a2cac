"""What is counted for an operator are conversations: not lobbies, and over restarts."""

from resume_lab import go, opened, plan

from parleyrun.service.counts import ConversationCounts


def counted(rehearsal):
    return rehearsal.service.counts().conversations


def test_conversations_that_go_on_and_that_have_ended_are_counted_over_restarts(path, again):
    with opened(path) as rehearsal:
        go(rehearsal, "chat", "ann", "bob")
        (cyd,) = go(rehearsal, "echo", "cyd")
        assert counted(rehearsal) == ConversationCounts(now=2, finished=0, ended={})
        cyd.says("bye")
        assert counted(rehearsal) == ConversationCounts(now=1, finished=1, ended={})
        again(rehearsal, plan())
        assert counted(rehearsal) == ConversationCounts(now=1, finished=1, ended={})


def test_what_is_held_neither_goes_on_nor_has_ended_and_is_stopped_when_it_is_to_end(path, again):
    with opened(path) as rehearsal:
        go(rehearsal, "chat", "ann", "bob")
        again(rehearsal, plan(without=("chat",)))
        assert counted(rehearsal) == ConversationCounts(now=0, finished=0, ended={})
        again(rehearsal, plan(without=("chat",), store={"unrestorable": "end"}))
        assert counted(rehearsal) == ConversationCounts(now=0, finished=0, ended={"stopped": 1})


def test_an_orderly_end_ends_no_conversation(path):
    with opened(path) as rehearsal:
        go(rehearsal, "chat", "ann", "bob")
        service = rehearsal.service
    assert service.counts().conversations == ConversationCounts(now=1, finished=0, ended={})
