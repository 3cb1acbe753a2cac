"""A conversation with a time and an end, around which nobody is told anything, and wishes that are said twice."""

from parleyrun.testing import rehearse


def haggle(texts=None, **task):
    chat = {"task_world": "parleyrun.ready:Chat", "agents_required": 2}
    return {"tasks": {"haggle": {**chat, **task}}, **({"texts": texts} if texts else {})}


def in_conversation(rehearsal, *names):
    people = rehearsal.people(*names)
    for person in people:
        person.says("hi")
    return people


def test_where_the_config_has_no_words_nobody_is_warned_and_nobody_is_told_how_to_finish():
    silent = {"time_nearly_over": "", "finish_how": ""}
    with rehearse(haggle(silent, time_limit=300, warn_at=30, end_button="all")) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        rehearsal.advance(290)
        assert (ann.heard, bob.heard, ann.place) == ([], [], "task")
        rehearsal.advance(11)
        assert (ann.place, bob.place) == ("overworld", "overworld")


def test_who_would_like_to_finish_and_says_so_again_is_told_once_and_so_is_their_partner():
    with rehearse(haggle(end_button="all")) as rehearsal:
        ann, bob = in_conversation(rehearsal, "ann", "bob")
        ann.says("/finish")
        ann.news()
        bob.news()
        ann.says("/finish", "/finish")
        ann.sees_nothing_new()
        bob.sees_nothing_new()
        bob.says("/finish")
        assert (ann.place, bob.place) == ("overworld", "overworld")
