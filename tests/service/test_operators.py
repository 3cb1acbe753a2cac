"""What the people who run a study can do while it runs, and that it holds whatever happens to the process."""

from collections import Counter
from types import SimpleNamespace

import pytest
from cases import case
from operator_lab import PAIR, WORLDS, ask, conversation, go, study

from parleyrun import OperatorError
from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection
from parleyrun.config.texts import Texts
from parleyrun.ready import Chat
from parleyrun.service.operations.operation_requests import REQUESTS
from parleyrun.service.operations.operation_results import plain
from parleyrun.service.operations.request_kinds import WritingRequest

TOLD = "Message from the people who run this study: "


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.db"


@pytest.fixture(params=["memory", "file"])
def lab(request, path):
    """A study whose record is in memory, and one whose record is a file."""
    with study(path if request.param == "file" else None) as rehearsal:
        yield rehearsal


def test_the_overview_says_who_is_where_and_what_goes_on(lab):
    go(lab, "talk", "ann", "bob")
    go(lab, "chat", "cat")
    lab.person("dan").says("hi")
    lab.advance(10)
    found = ask(lab, "overview")
    assert found.places == {"task": 2, "waiting": 1, "overworld": 1}
    assert (found.conversations, found.door, found.paused, found.held) == (1, "open", (), 0)
    assert found.longest_wait_seconds == 10
    assert (found.trouble, found.closing) == (None, False)


def test_people_are_found_by_their_id_their_link_and_where_they_are(lab):
    lab.person("ann").arrives({"PROLIFIC_PID": "p-77"}, opens=True)
    go(lab, "talk", "bob", "cat")
    assert [row.id for row in ask(lab, "people", place="task").people] == ["memory:bob", "memory:cat"]
    assert [row.id for row in ask(lab, "people", search="P-7").people] == ["memory:ann"]
    some = ask(lab, "people", skip=1, at_most=1)
    assert ([row.id for row in some.people], some.total) == (["memory:bob"], 3)
    assert ask(lab, "person", person="p-77").person.arrival == {"PROLIFIC_PID": "p-77"}
    assert ask(lab, "person", person="bob").person.task == "talk"
    with pytest.raises(OperatorError, match="there is nobody called 'eve'"):
        ask(lab, "person", person="eve")


def test_a_conversation_is_read_along_line_by_line_by_its_name_or_the_beginning_of_its_id(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    ann.says("hello")
    row = conversation(lab)
    assert (row.name, row.task, [person.id for person in row.people]) == (
        "talk/t_1",
        "talk",
        ["memory:ann", "memory:bob"],
    )
    found = ask(lab, "conversation", conversation="talk/t_1")
    assert [(line.person, line.mine, line.text) for line in found.lines if line.text == "hello"] == [
        ("memory:ann", True, "hello"),
        ("memory:bob", False, "hello"),
    ]
    ann.says("more")
    news = ask(lab, "conversation", conversation=row.id[:8], after=dict(found.after))
    assert {line.text for line in news.lines} == {"more"}
    bob.says("hi", reply_to=next(line.seq for line in bob.lines if line.message.text == "hello"))
    # The line that is replied to is among those that are read, and then it is not.
    for after in (found.after, ask(lab, "conversation", conversation="talk/t_1", at_most=1).after):
        ann.says("hm")
        seen = ask(lab, "conversation", conversation="talk/t_1", after={**after, "memory:bob": 0}).lines
        assert {line.person: line.quoted for line in seen if line.text == "hi"}["memory:bob"] == "hello"


def test_conversations_are_listed_some_at_a_time(lab):
    go(lab, "talk", "ann", "bob", "cat", "dan")
    go(lab, "chat", "eve", "fay")
    found = ask(lab, "conversations", skip=1, at_most=1)
    assert ([row.name for row in found.conversations], found.total) == (["talk/t_2"], 3)
    assert ask(lab, "conversations", task="chat").total == 1


def test_reading_changes_nothing_and_is_on_nobodys_record(lab):
    go(lab, "talk", "ann", "bob")
    before = [len(person.lines) for person in lab.everybody]
    for verb in ("overview", "people", "conversations", "pools", "held", "acts"):
        plain(ask(lab, verb))
    assert [len(person.lines) for person in lab.everybody] == before
    assert ask(lab, "acts").acts == ()


def test_the_pools_say_why_nobody_is_matched_yet(lab):
    go(lab, "talk", "ann")
    (pool,) = ask(lab, "pools").pools
    assert (pool.task, pool.needed, [each.id for each in pool.waiting]) == ("talk", 2, ["memory:ann"])
    assert pool.why == ("1 of 2 who are needed are here",)
    ask(lab, "pause")
    go(lab, "talk", "bob")
    (pool,) = ask(lab, "pools").pools
    assert (pool.paused, pool.why) == (True, ("all matching is paused",))


def test_a_rule_that_keeps_people_apart_is_named():
    task = {"task_world": "Chat", "agents_required": 2, "different": ["stance"]}
    with study(tasks={"talk": task, "chat": task}) as rehearsal:
        for name in ("ann", "bob"):
            rehearsal.person(name).arrives({"stance": "for"}, opens=True).says("talk")
        (pool,) = ask(rehearsal, "pools").pools
        assert pool.why == ("'different: stance' keeps memory:ann from 1 of the others",)


def test_the_pools_say_what_else_somebody_waits_for():
    filled = {**PAIR, "fill_with": {"model": "seller", "after": 60}}
    sized = {**PAIR, "agents_required": {"from": 2, "to": 3, "wait": 30}}
    apart = {**PAIR, "same": ["stance"]}
    with study(tasks={"talk": filled, "chat": sized, "debate": apart}) as rehearsal:
        (ann,) = go(rehearsal, "talk", "ann")
        go(rehearsal, "chat", "bob", "ben")
        for name in ("cat", "cem"):
            rehearsal.person(name).arrives({"stance": f"for {name}"}, opens=True).says("debate")
        ann.goes_away()
        rehearsal.settle()
        assert [(pool.task, pool.why) for pool in ask(rehearsal, "pools").pools] == [
            (
                "talk",
                (
                    "0 of 2 who are needed are here",
                    "1 who wait have lost their connection",
                    "nobody has waited long enough for bots to sit down with them",
                ),
            ),
            ("chat", ("a smaller group than 3 begins once somebody has waited 30 s",)),
            *[
                (
                    "debate",
                    (
                        "1 of 2 who are needed are here",
                        "others wait for this task whose condition, or what must be the same, is another",
                    ),
                )
            ]
            * 2,
        ]


def test_a_message_reaches_those_it_is_for_and_is_visible_as_the_operators(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    (cat,) = go(lab, "chat", "cat")
    uid = conversation(lab).id
    assert ask(lab, "message", text="one", person="ann").told == 1
    assert ask(lab, "message", text="two {x}", conversation=uid).told == 2
    assert ask(lab, "message", text="three", task="chat").told == 1
    assert ask(lab, "message", text="four", everybody=True).told == 3
    assert ann.heard[-3:] == [f"{TOLD}one", f"{TOLD}two {{x}}", f"{TOLD}four"]
    assert bob.heard[-2:] == [f"{TOLD}two {{x}}", f"{TOLD}four"]
    assert cat.heard[-2:] == [f"{TOLD}three", f"{TOLD}four"]
    assert ann.lines[-1].message.extra == {"operator": True}
    with pytest.raises(OperatorError, match="expected one of person, conversation, task and everybody"):
        ask(lab, "message", text="to whom?")


def test_what_is_said_to_a_conversation_is_in_its_transcript(path):
    with study(path) as rehearsal:
        go(rehearsal, "talk", "ann", "bob")
        ask(rehearsal, "message", text="be kind", conversation="talk/t_1")
        ask(rehearsal, "end", conversation="talk/t_1")
    with Archive(path) as record:
        (one,) = record.conversations(Selection())
        assert f"{TOLD}be kind" in [message.text for message in record.messages(one)]


def test_who_is_sent_back_is_in_the_overworld_and_their_partner_is_told(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    done = ask(lab, "send", person="ann", to="overworld", why="asked to")
    assert done.person.place == "overworld"
    assert ann.place == "overworld"
    assert Texts().partner_left in bob.heard
    assert bob.place == "overworld"
    ann.says("chat")
    assert ann.place == "waiting"


@pytest.mark.parametrize("where", ["overworld", "waiting", "task"])
def test_somebody_is_sent_to_another_task_from_wherever_they_are(lab, where):
    (ann,) = lab.people("ann")
    if where == "task":
        go(lab, "talk", "ann", "bob")
    else:
        ann.says("hi")
        if where == "waiting":
            ann.says("talk")
    assert ann.place == where
    done = ask(lab, "send", person="ann", to="task", task="chat")
    assert (done.person.place, done.person.task) == ("waiting", "chat")
    go(lab, "chat", "cat")
    assert ann.place == "task"
    ann.says("here I am")
    assert lab.person("cat").heard[-1] == "here I am"


@pytest.mark.parametrize("where", ["overworld", "waiting", "task"])
def test_who_is_sent_out_leaves_with_the_code_of_their_outcome(lab, where):
    (ann,) = lab.people("ann")
    if where == "task":
        go(lab, "talk", "ann", "bob")
    else:
        ann.says("hi")
        if where == "waiting":
            ann.says("talk")
    done = ask(lab, "send", person="ann", to="out", outcome="finished")
    assert done.person.place == ann.place == "gone"
    assert "Your completion code: C1" in ann.heard
    with pytest.raises(OperatorError, match="expected somebody who is inside"):
        ask(lab, "send", person="ann", to="out")
    ann.says("once more")
    assert ann.place == "overworld"


def test_a_conversation_is_ended_and_its_people_are_told(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    assert ask(lab, "end", conversation="talk/t_1").told == 2
    assert Texts().stopped in ann.heard
    assert {ann.place, bob.place} == {"overworld"}
    with pytest.raises(OperatorError, match="there is no conversation"):
        ask(lab, "end", conversation="talk/t_1")


def test_an_ended_conversation_counts_as_finished_where_the_operator_says_so(lab):
    (ann, _) = go(lab, "talk", "ann", "bob")
    ask(lab, "end", conversation="talk/t_1", outcome="finished")
    ask(lab, "send", person="ann", to="out")
    assert "Your completion code: C1" in ann.heard
    assert ask(lab, "overview").ended == {"finished": 1}


def test_while_matching_is_paused_people_wait_and_nobodys_time_is_up(lab):
    ask(lab, "pause", task="talk")
    ann, bob = go(lab, "talk", "ann", "bob")
    cat, _ = go(lab, "chat", "cat", "dan")
    assert (ann.place, bob.place, cat.place) == ("waiting", "waiting", "task")
    lab.advance(200)
    assert ann.place == "waiting"
    ask(lab, "resume", task="talk")
    assert (ann.place, bob.place) == ("task", "task")


def test_who_is_still_alone_when_matching_goes_on_is_let_go_after_a_last_look(lab):
    ask(lab, "pause")
    (ann,) = go(lab, "talk", "ann")
    lab.advance(200)
    ask(lab, "resume")
    assert ann.place == "waiting"
    lab.advance(2)
    assert ann.place == "overworld"


def test_how_long_people_wait_at_most_is_set_for_those_who_wait_too_and_undone(lab):
    (ann,) = go(lab, "talk", "ann")
    lab.advance(90)
    act = ask(lab, "wait", task="talk", seconds=300).act
    lab.advance(200)
    assert ann.place == "waiting"
    ask(lab, "undo", act=act)
    lab.advance(1)
    assert ann.place == "overworld"


def hints(lab, count):
    """Let so many conversations begin and end; return which value of the condition each had."""
    found = []
    for number in range(count):
        go(lab, "talk", f"a{number}", f"b{number}")
        found.append(conversation(lab).people[0].condition.get("hint"))
        ask(lab, "end", conversation=conversation(lab).id, outcome="finished")
    return found


def test_a_quota_is_changed_while_it_runs_holds_over_a_restart_and_is_undone(path):
    with study(path) as rehearsal:
        act = ask(rehearsal, "quota", condition="hint", value="no", quota=0).act
        assert hints(rehearsal, 2) == ["yes", "yes"]
        rehearsal.crash()
        assert hints(rehearsal, 2) == ["yes", "yes"]
        ask(rehearsal, "undo", act=act)
        assert hints(rehearsal, 2) == ["no", "no"]
        with pytest.raises(OperatorError, match="there is no condition 'hint' with the value 'maybe'"):
            ask(rehearsal, "quota", condition="hint", value="maybe", quota=1)


def test_what_begins_later_has_other_times_and_what_goes_on_keeps_its_own_over_a_restart(path):
    with study(path) as rehearsal:
        ann, _ = go(rehearsal, "talk", "ann", "bob")
        act = ask(rehearsal, "time", task="talk", seconds=60).act
        cat, _ = go(rehearsal, "talk", "cat", "dan")
        rehearsal.crash()
        ask(rehearsal, "undo", act=act)
        eve, _ = go(rehearsal, "talk", "eve", "fay")
        rehearsal.crash()
        rehearsal.advance(61)
        assert (ann.place, cat.place, eve.place) == ("task", "overworld", "task")
        assert Texts().time_is_up in cat.heard
        assert rehearsal.service._context.controls.values == {}


def test_time_without_limit_where_the_config_has_one_is_without_its_warning_too():
    task = {"task_world": "Chat", "agents_required": 2, "time_limit": 60, "warn_at": 20}
    with study(tasks={"talk": task, "chat": task}) as rehearsal:
        ask(rehearsal, "time", task="talk", seconds=0)
        (ann, _) = go(rehearsal, "talk", "ann", "bob")
        ask(rehearsal, "time", task="talk", seconds=10)
        (cat, _) = go(rehearsal, "talk", "cat", "dan")
        (eve, _) = go(rehearsal, "chat", "eve", "fay")
        rehearsal.advance(100)
        assert [person.place for person in (ann, cat, eve)] == ["task", "overworld", "overworld"]
        warned = [Texts().time_nearly_over in person.heard for person in (ann, cat, eve)]
        assert warned == [False, False, True]


def test_a_smaller_size_begins_with_those_who_wait_now_and_a_larger_one_waits_for_more(lab):
    act = ask(lab, "size", task="talk", least=3).act
    ann, bob = go(lab, "talk", "ann", "bob")
    assert ask(lab, "pools").pools[0].needed == 3
    assert ann.place == "waiting"
    ask(lab, "undo", act=act)
    assert (ann.place, bob.place) == ("task", "task")
    ask(lab, "size", task="talk", least=2, most=3, wait=20)
    cat, dan = go(lab, "talk", "cat", "dan")
    lab.advance(19)
    assert cat.place == "waiting"
    lab.advance(2)
    assert (cat.place, dan.place) == ("task", "task")
    ask(lab, "size", task="talk", least=1)
    assert go(lab, "talk", "eve")[0].place == "task"


def test_a_size_that_the_world_or_its_roles_have_no_room_for_is_refused():
    tasks = {
        "talk": {"task_world": "Chat", "agents_required": 2, "roles": {"Buyer": {}, "Seller": {}}},
        "chat": {"task_world": "Duet", "agents_required": 2},
    }
    duet = type("Duet", (WORLDS.Chat,), {"MAX_AGENTS": 2, "__module__": __name__})
    worlds = SimpleNamespace(**{**vars(WORLDS), "Duet": duet})
    with study(tasks=tasks, worlds=worlds) as rehearsal:
        with pytest.raises(OperatorError, match="expected a role for each of 3 people, and 'talk' has 2"):
            ask(rehearsal, "size", task="talk", least=2, most=3)
        with pytest.raises(OperatorError, match=r"expected at most 2 seats, as Duet says \(MAX_AGENTS\), got 3"):
            ask(rehearsal, "size", task="chat", least=3)
        assert ask(rehearsal, "acts").acts == ()


def test_who_is_shut_out_by_a_shorter_wait_is_let_go_at_once(lab):
    (ann,) = go(lab, "talk", "ann")
    lab.advance(50)
    ask(lab, "wait", task="talk", seconds=40)
    lab.advance(0)
    assert ann.place == "overworld"
    assert Texts().pool_timeout.format(task="talk") in ann.heard


def test_where_a_config_has_no_codes_an_outcome_is_on_record_with_the_act_alone():
    with study(completion={}) as rehearsal:
        go(rehearsal, "talk", "ann")
        ask(rehearsal, "send", person="ann", to="out", outcome="finished")
        assert ask(rehearsal, "acts").acts[0].details["outcome"] == "finished"
        assert "visit_outcome" not in rehearsal.service._sessions.get("memory:ann").stored_data


def test_a_closed_door_lets_nobody_in_and_disturbs_nobody_inside(lab):
    ann, _ = go(lab, "talk", "ann", "bob")
    ask(lab, "door", state="closed")
    cat = lab.person("cat")
    cat.says("hi")
    assert (cat.place, cat.heard) == ("door", [Texts().enough_people])
    ann.says("still here")
    assert lab.person("bob").heard[-1] == "still here"
    ask(lab, "door", state="open")
    cat.says("hi again")
    assert cat.place == "overworld"
    with pytest.raises(OperatorError, match="it is so already"):
        ask(lab, "door", state="open")


def test_while_it_drains_nobody_inside_begins_anything(lab):
    lab.person("ann").says("hi")
    (bob,) = go(lab, "talk", "bob")
    ask(lab, "door", state="drain")
    ann = lab.person("ann")
    ann.says("talk")
    assert (ann.place, bob.place) == ("overworld", "waiting")
    assert Texts().closing_refused in ann.heard


def test_a_held_line_is_let_go_or_shown_in_other_words(lab):
    ann, bob = go(lab, "talk", "ann", "bob")
    ann.says("one [hold]")
    ann.says("two [hold]")
    one, two = ask(lab, "held").held
    assert (one.person, one.text) == ("memory:bob", "one [hold]")
    ask(lab, "release", line=one.line)
    ask(lab, "release", line=two.line, text="two, kindly")
    assert bob.heard[-2:] == ["one [hold]", "two, kindly"]
    assert ask(lab, "held").held == ()
    with pytest.raises(OperatorError, match="there is no line"):
        ask(lab, "release", line=one.line)


def test_what_is_held_of_a_conversation_that_is_over_is_not_shown_any_more(lab):
    ann, _ = go(lab, "talk", "ann", "bob")
    ann.says("one [hold]")
    (one,) = ask(lab, "held").held
    ask(lab, "end", conversation="talk/t_1")
    assert ask(lab, "held").held == ()
    with pytest.raises(OperatorError, match="there is no line"):
        ask(lab, "release", line=one.line)


def test_people_are_paired_by_hand_although_matching_is_paused(lab):
    ask(lab, "pause")
    ann, bob, cat = go(lab, "talk", "ann", "bob", "cat")
    with pytest.raises(OperatorError, match="expected 2 to 2 different people"):
        ask(lab, "pair", people=["ann", "bob", "cat"])
    with pytest.raises(OperatorError, match="expected 2 to 2 different people"):
        ask(lab, "pair", people=["ann", "ann"])
    done = ask(lab, "pair", people=["cat", "ann"])
    assert (ann.place, bob.place, cat.place) == ("task", "waiting", "task")
    assert done.conversation == conversation(lab).id
    cat.says("hello ann")
    assert ann.heard[-1] == "hello ann"
    with pytest.raises(OperatorError, match="expected somebody who waits"):
        ask(lab, "pair", people=["ann", "bob"])


def test_what_was_paused_or_shut_is_undone_by_its_number_and_nothing_else_is(lab):
    first = ask(lab, "pause", task="talk").act
    second = ask(lab, "door", state="drain").act
    third = ask(lab, "door", state="closed").act
    ask(lab, "undo", act=third)
    assert ask(lab, "overview").door == "drain"
    ask(lab, "undo", act=second)
    ask(lab, "undo", act=first)
    found = ask(lab, "overview")
    assert (found.door, found.paused) == ("open", ())
    go(lab, "talk", "ann")
    note = ask(lab, "note", person="ann", text="friendly").act
    with pytest.raises(OperatorError, match=rf"act {note} \(note\) cannot be undone"):
        ask(lab, "undo", act=note)
    with pytest.raises(OperatorError, match="there is no act 99"):
        ask(lab, "undo", act=99)


def test_every_act_is_on_record_with_who_and_when_and_why(path):
    with study(path) as rehearsal:
        go(rehearsal, "talk", "ann", "bob")
        ask(rehearsal, "note", person="ann", text="friendly", why="to remember")
        ask(rehearsal, "send", by="ben", person="ann", to="out", outcome="left", why="asked to go")
        found = ask(rehearsal, "person", person="memory:ann")
        assert [(act.number, act.by, act.verb, act.why) for act in found.acts] == [
            (2, "ben", "send", "asked to go"),
            (1, "ada", "note", "to remember"),
        ]
        assert found.acts[1].details == {"text": "friendly"}
        assert found.acts[0].details["from"] == "task"
        whats = [(event.what, event.kind) for event in found.life]
        assert whats[0] == ("first seen", "")
        assert ("began", "task") in whats
        assert ("operator", "send") in whats


WRITING = {verb for verb, kind in REQUESTS.items() if issubclass(kind, WritingRequest)}


def waits_no_longer_than_7_seconds(lab):
    ask(lab, "resume", task="talk")
    (eve,) = go(lab, "talk", "fay")
    lab.advance(8)
    return eve.place == "overworld"


def haggling(lab):
    """Return the conversation with bots."""
    return ask(lab, "conversations", task="haggle").conversations[0]


def taken(lab):
    return {bot.role for bot in haggling(lab).bots if bot.taken}


def other_sells(lab):
    return [(bot.role, bot.model) for bot in haggling(lab).bots] == [("Seller", "other"), ("Buyer", "seller")]


def last_30_seconds_at_most(lab):
    go(lab, "chat", "gil", "hal")
    lab.advance(31)
    return lab.person("gil").place == "overworld"


def take_three(lab):
    go(lab, "chat", "gil", "hal")
    alone = lab.person("gil").place
    go(lab, "chat", "ida")
    return (alone, lab.person("gil").place) == ("waiting", "task")


def goes_without_an_answer(lab):
    lab.advance(29)
    before = lab.person("ann").place
    lab.advance(2)
    return (before, lab.person("ann").place) == ("task", "gone")


def other_sits_there(lab):
    (row,) = [row for row in ask(lab, "conversations").conversations if row.task == "talk"]
    return [(bot.role, bot.model) for bot in row.bots] == [("Person 1", "other")] and len(row.people) == 1


ACTS = {
    "message": ({"text": "hold on", "person": "ann"}, lambda lab: lab.person("ann").heard[-1] == f"{TOLD}hold on"),
    "send": ({"person": "ann", "to": "out", "outcome": "left"}, lambda lab: lab.person("ann").place == "gone"),
    "end": ({"conversation": "talk/t_1"}, lambda lab: lab.person("bob").place == "overworld"),
    "pause": ({"task": "chat"}, lambda lab: ask(lab, "overview").paused == ("chat", "talk")),
    "resume": ({"task": "talk"}, lambda lab: ask(lab, "overview").paused == ()),
    "wait": ({"task": "talk", "seconds": 7}, waits_no_longer_than_7_seconds),
    "check": (
        {"text": "cat?", "seconds": 30, "person": "ann", "otherwise": "out", "outcome": "left"},
        goes_without_an_answer,
    ),
    "time": ({"task": "chat", "seconds": 30}, last_30_seconds_at_most),
    "size": ({"task": "chat", "least": 3}, take_three),
    "quota": (
        {"condition": "hint", "value": "no", "quota": 0},
        lambda lab: lab.service._context.controls.quotas != {},
    ),
    "door": ({"state": "closed"}, lambda lab: ask(lab, "overview").door == "closed"),
    "release": ({"line": 1}, lambda lab: lab.person("bob").heard[-1] == "wait [hold]"),
    "take": ({"conversation": "haggle/t_1", "role": "Seller"}, lambda lab: taken(lab) == {"Seller", "Buyer"}),
    "give": ({"conversation": "haggle/t_1", "role": "Buyer"}, lambda lab: taken(lab) == set()),
    "model": ({"conversation": "haggle/t_1", "role": "Seller", "model": "other"}, other_sells),
    "swap": ({"conversation": "talk/t_1", "role": "Person 1", "model": "other"}, other_sits_there),
    "note": (
        {"person": "ann", "text": "kind"},
        lambda lab: ask(lab, "person", person="ann").acts[0].verb == "note",
    ),
    "pair": (
        {"people": ["eve", "dan"]},
        lambda lab: {lab.person(name).place for name in ("dan", "eve")} == {"task"},
    ),
    "undo": ({"act": 1}, lambda lab: ask(lab, "overview").paused == ()),
    "alarm": ({}, lambda lab: ask(lab, "alerts").ways == ("the terminal",)),
}


OF_HOSTS = {"drain", "fill"}
"""Of hosts, which are others after a kill (tests/engines)."""


@pytest.mark.parametrize("verb", sorted(set(WRITING) - OF_HOSTS))
def test_after_a_kill_every_act_is_on_record_and_in_force(path, verb):
    values, holds = ACTS[verb]
    with study(path, alerts={"errors_above": 1000}) as rehearsal:
        go(rehearsal, "talk", "ann", "bob")
        rehearsal.person("ann").says("wait [hold]")
        ask(rehearsal, "pause", task="talk")
        go(rehearsal, "talk", "dan", "eve")
        go(rehearsal, "haggle", "joe")
        ask(rehearsal, "take", conversation="haggle/t_1", role="Buyer")
        # Not settled: the process dies as soon as whoever asked has their answer.
        done = rehearsal.service.operators.ask(verb, values, by="ada", why="because")
        rehearsal.crash()
        assert holds(rehearsal)
        (act,) = [act for act in ask(rehearsal, "acts").acts if act.number == done.act]
        assert (act.by, act.verb, act.why) == ("ada", verb, "because")


def test_a_conversation_that_was_to_end_ends_after_a_kill_that_came_before_its_end(path):
    with study(path) as rehearsal:
        go(rehearsal, "talk", "ann", "bob")
        rehearsal.service._runner.stop = lambda *_: None  # the run never hears of it
        ask(rehearsal, "end", conversation="talk/t_1")
        assert rehearsal.person("ann").place == "task"
        rehearsal.crash()
        assert rehearsal.person("ann").place == "overworld"
        assert Texts().stopped in rehearsal.person("ann").heard
        assert rehearsal.service._context.controls.endings == {}


REFUSED = [
    ("explode", {}, "there is no operation 'explode'"),
    ("psue", {}, "pause"),
    (None, {}, "there is no operation None"),
    ("message", {}, "expected a value for 'text'"),
    ("message", {"text": "x", "whom": "y"}, "there is no 'whom'"),
    ("message", {"text": 7, "everybody": True}, "expected a text"),
    ("message", {"text": "  ", "everybody": True}, "expected words, got none"),
    ("message", {"text": "x" * 30_000, "everybody": True}, "expected a text of at most"),
    ("message", {"text": "\ud800", "everybody": True}, "expected a text"),
    ("message", {"text": "x", "everybody": 1}, "expected true or false"),
    ("door", {"state": "ajar"}, "expected one of open, closed, drain"),
    ("release", {"line": True}, "expected a whole number"),
    ("release", {"line": 1}, "there is no line 1"),
    ("undo", {"act": -1}, "expected a whole number"),
    ("undo", {"act": 2**70}, "expected a whole number"),
    ("check", {"text": "cat?", "seconds": 5}, "expected one of person, conversation and task"),
    ("check", {"text": " ", "seconds": 5, "person": "ann"}, "expected words"),
    ("check", {"text": "cat?", "seconds": 0, "person": "ann"}, "expected 1 to 86400 seconds"),
    ("check", {"text": "cat?", "seconds": 5, "person": "eve"}, "there is nobody called 'eve'"),
    ("check", {"text": "cat?", "seconds": 5, "task": "talk"}, "there is nobody to ask"),
    ("check", {"text": "cat?", "seconds": 5, "person": "ann", "outcome": "left"}, "expected an outcome only"),
    ("check", {"text": "cat?", "seconds": 5, "person": "ann", "otherwise": "out", "outcome": "rich"}, "rich"),
    (
        "check",
        {"text": "cat?", "seconds": 5, "person": "ann", "replies": ["yes"], "answer": "no"},
        "expected the right answer among the quick replies, got 'no'",
    ),
    ("check", {"text": "cat?", "seconds": 5, "person": "ann", "replies": [" "]}, "quick replies, each with words"),
    ("drain", {"host": "one"}, "expected an engine with hosts"),
    ("time", {"task": "tlak", "seconds": 3}, "there is no task 'tlak'"),
    ("time", {"task": "talk", "seconds": 2**50}, "expected at most 2592000 seconds"),
    ("time", {"task": "talk"}, "it is so already"),
    ("size", {"task": "talk", "least": 0}, "expected 1 to 1000 people"),
    ("size", {"task": "talk", "least": 3, "most": 2}, "the least first, got 3 and 2"),
    ("size", {"task": "talk", "most": 2}, "expected `least`"),
    ("size", {"task": "talk", "least": 2, "wait": 2**40}, "seconds of waiting"),
    (
        "take",
        {"conversation": "talk/t_1", "role": "Seller"},
        "there is no conversation 'talk/t_1' that goes on",
    ),
    ("pause", {"task": "tlak"}, "there is no task 'tlak'"),
    ("pair", {"people": []}, "expected the people to pair"),
    ("pair", {"people": "ann"}, "expected a list of texts"),
    ("conversation", {"conversation": "", "after": {}}, "there is no conversation"),
    ("conversation", {"conversation": "x", "after": {"ann": "1"}}, "expected whole numbers"),
    ("send", {"person": "", "to": "out"}, "there is nobody"),
    ("send", {"person": "ann", "to": "task"}, "expected a task"),
    ("send", {"person": "ann", "to": "out", "outcome": "rich"}, "expected an outcome"),
    ("send", {"person": "ann", "to": "overworld", "outcome": "left"}, "expected an outcome only"),
]
"""What cannot be done, and why."""


def test_what_cannot_be_done_is_refused_in_a_sentence_and_changes_nothing(lab):
    lab.person("ann").says("hi")
    before = lab.person("ann").place, len(lab.person("ann").lines)
    for verb, values, why in REFUSED:
        with case(verb, values):
            with pytest.raises(OperatorError, match=why):
                lab.service.operators.ask(verb, values, by="ada")
            lab.settle()
            assert (lab.person("ann").place, len(lab.person("ann").lines)) == before
            assert ask(lab, "acts").acts == ()


def test_a_name_that_means_several_is_told_and_who_is_on_record_only_is_found(path):
    with study(path) as rehearsal:
        for name in ("ann", "bob"):
            rehearsal.person(name).arrives({"PROLIFIC_PID": "both"}, opens=True)
        with pytest.raises(OperatorError, match=r"'both' means 2 people \(memory:ann, memory:bob, …\)"):
            ask(rehearsal, "person", person="both")
        with pytest.raises(OperatorError, match="expected a reason of at most"):
            ask(rehearsal, "pause", why="x" * 30_000)
        with pytest.raises(OperatorError, match="expected a reason of at most"):
            ask(rehearsal, "pause", why=7)
        ask(rehearsal, "send", person="ann", to="out")
    with study(path) as again:
        found = ask(again, "person", person="memory:ann").person
        assert (found.id, found.place, found.present) == ("memory:ann", "gone", False)


def test_a_beginning_that_several_conversations_have_is_told():
    with study() as rehearsal:
        for number in range(17):  # as many as there are first letters, and one
            go(rehearsal, "haggle", f"p{number}")
        uids = [row.id for row in ask(rehearsal, "conversations").conversations]
        first, count = Counter(uid[0] for uid in uids).most_common(1)[0]
        with pytest.raises(OperatorError, match=rf"'{first}' means {count} conversations: say more of it"):
            ask(rehearsal, "conversation", conversation=first)
        assert ask(rehearsal, "conversation", conversation=uids[0]).conversation.id == uids[0]


def test_people_who_wait_for_different_tasks_are_not_paired(lab):
    go(lab, "talk", "ann")
    go(lab, "chat", "bob")
    with pytest.raises(OperatorError, match="people who wait for the same task, got several tasks"):
        ask(lab, "pair", people=["ann", "bob"])
    assert lab.person("ann").place == lab.person("bob").place == "waiting"


@pytest.mark.parametrize("fault", ["fails", "turns one down"])
def test_who_an_author_gives_no_role_is_not_paired(fault):
    class Picky(Chat):
        @staticmethod
        def assign_roles(agents):
            if fault == "fails":
                raise KeyError("no role")
            agents[0].disp_id, agents[1].disp_id = "Host", None

    task = {"task_world": "Picky", "agents_required": 2, "different": ["stance"]}
    worlds = SimpleNamespace(**vars(WORLDS), Picky=Picky)
    with study(tasks={"talk": task, "chat": task}, worlds=worlds) as rehearsal:
        for name in ("ann", "bob"):
            rehearsal.person(name).arrives({"stance": "for"}, opens=True).says("talk")
        why = {"fails": r"assign_roles of 'talk' failed: KeyError", "turns one down": "turned one of them down"}
        with pytest.raises(OperatorError, match=why[fault]):
            ask(rehearsal, "pair", people=["ann", "bob"])
        assert rehearsal.person("ann").place == "waiting"


def test_an_operator_has_a_name_that_can_be_printed(lab):
    for by in ("", "  ", "x" * 300, "a\x1b[31m", 7, None):
        with case(by), pytest.raises(OperatorError, match="expected who asks"):
            lab.service.operators.ask("pause", {}, by=by)


def test_a_service_that_has_closed_says_so_and_keeps_nobody_waiting(path, monkeypatch):
    from parleyrun.service.operations import operators

    monkeypatch.setattr(operators, "WAIT_SECONDS", 0.05)
    with study(path) as rehearsal:
        rehearsal.app.close(grace_seconds=0)
        with pytest.raises(OperatorError, match="the service does not get to it"):
            rehearsal.service.operators.ask("pause", {}, by="ada")
