"""Match rules: who is matched with whom by what is known of them, and who is passed over and why."""

import itertools
import json
import random
import sqlite3
from contextlib import closing
from time import thread_time

import pytest
from cases import case

from parleyrun.config.plan import TaskPlan
from parleyrun.config.schema import TaskConfig
from parleyrun.core.group_size import GroupSize
from parleyrun.core.match_rules import MatchRules, Preference
from parleyrun.service.places.pools.matching import NAMED_AT_MOST, find_matches
from parleyrun.service.places.pools.pool import Pool
from parleyrun.service.places.pools.traits import PairRules, known_value
from parleyrun.service.sessions import Session
from parleyrun.testing import rehearse

CHAT = {"task_world": "parleyrun.ready:Chat"}


def study(*, conditions=None, tasks=None, **task):
    return {
        **({"conditions": conditions} if conditions else {}),
        "disconnect_grace": 5,
        "opt": {"chat": {"quit_words": "bye"}},
        "tasks": tasks or {"talk": {**CHAT, "agents_required": 2, **task}},
    }


def comes(rehearsal, name, **link):
    person = rehearsal.person(name)
    person.arrives(entry=link)
    person.says("hi")
    return person


def places(*people):
    return [person.place for person in people]


def passed_over(path):
    with closing(sqlite3.connect(path)) as record, record:
        rows = record.execute("SELECT passed_over FROM matches ORDER BY id")
        return [[(who.partition(":")[2], why) for who, why in json.loads(row)] for (row,) in rows]


def test_people_are_matched_with_those_who_have_the_same(tmp_path):
    with rehearse(study(same=["arrival.lang"]), store=tmp_path / "a.db") as rehearsal:
        ann, bob = comes(rehearsal, "ann", lang="de"), comes(rehearsal, "bob", lang="fr")
        assert places(ann, bob) == ["waiting"] * 2
        cem = comes(rehearsal, "cem", lang="fr")
        assert places(ann, bob, cem) == ["waiting", "task", "task"]
        dan = comes(rehearsal, "dan", LANG="de")
        assert places(ann, dan) == ["task"] * 2
    assert passed_over(tmp_path / "a.db") == [[("ann", "same: arrival.lang")], []]


def test_people_are_matched_with_those_who_differ(tmp_path):
    with rehearse(study(different=["stance"]), store=tmp_path / "a.db") as rehearsal:
        people = [comes(rehearsal, name, stance="for") for name in ("ann", "bob", "cem")]
        assert places(*people) == ["waiting"] * 3
        eve = comes(rehearsal, "eve", stance="against")
        assert places(*people, eve) == ["task", "waiting", "waiting", "task"]
    assert passed_over(tmp_path / "a.db") == [[("bob", "different: stance"), ("cem", "different: stance")]]


def test_what_is_not_known_is_a_value_of_its_own():
    with rehearse(study(same=["lang"])) as rehearsal:
        ann, bob = comes(rehearsal, "ann"), comes(rehearsal, "bob", lang="de")
        assert places(ann, bob) == ["waiting"] * 2
        assert places(comes(rehearsal, "cem"), ann, bob) == ["task", "task", "waiting"]
    with rehearse(study(different=["lang"])) as rehearsal:
        ann, bob = comes(rehearsal, "ann"), comes(rehearsal, "bob")
        assert places(ann, bob) == ["waiting"] * 2
        assert places(comes(rehearsal, "cem", lang="de"), ann, bob) == ["task", "task", "waiting"]


def test_a_condition_may_be_what_differs():
    config = study(conditions={"side": {"values": ["buyer", "seller"]}}, different=["condition.side"])
    with rehearse(config) as rehearsal:
        people = [comes(rehearsal, f"p{number}") for number in range(8)]
        assert places(*people) == ["task"] * 8
        runs = {}
        for person in people:
            session = rehearsal.service._sessions.get(person.id)
            runs.setdefault(session.run_uid, set()).add(session.condition["side"])
        assert list(runs.values()) == [{"buyer", "seller"}] * 4


def test_a_preference_is_a_rule_for_a_while_and_then_whoever_there_is_will_do(tmp_path):
    rules = {"prefer": {"same": ["lang"], "wait": 15}}
    with rehearse(study(**rules), store=tmp_path / "a.db") as rehearsal:
        ann, bob = comes(rehearsal, "ann", lang="de"), comes(rehearsal, "bob", lang="fr")
        rehearsal.advance(14.9)
        assert places(ann, bob) == ["waiting"] * 2
        rehearsal.crash()
        rehearsal.advance(0.2)
        assert places(ann, bob) == ["task"] * 2
        cem = comes(rehearsal, "cem", lang="it")
        rehearsal.advance(10)
        dan, eve = comes(rehearsal, "dan", lang="en"), comes(rehearsal, "eve", lang="en")
        assert places(cem, dan, eve) == ["waiting", "task", "task"]
    assert passed_over(tmp_path / "a.db") == [[], [("cem", "prefer: same: lang")]]


def test_nobody_talks_with_the_same_partner_again(tmp_path):
    with rehearse(study(not_again="partner"), store=tmp_path / "a.db") as rehearsal:
        ann, bob = comes(rehearsal, "ann"), comes(rehearsal, "bob")
        ann.says("bye")
        for person in (ann, bob):
            person.says("talk")
        assert places(ann, bob) == ["waiting"] * 2
        rehearsal.crash()
        assert places(ann, bob) == ["waiting"] * 2
        cem = comes(rehearsal, "cem")
        assert places(ann, bob, cem) == ["task", "waiting", "task"]
    assert passed_over(tmp_path / "a.db") == [[], [("bob", "not_again: partner")]]


def test_not_again_true_is_about_the_task_as_ever_and_both_can_be_said():
    with rehearse(study(not_again=["task", "partner"])) as rehearsal:
        ann, bob = comes(rehearsal, "ann"), comes(rehearsal, "bob")
        ann.says("bye")
        assert places(ann, bob) == ["gone"] * 2


def test_who_talked_in_another_task_has_talked():
    tasks = {
        key: {**CHAT, "agents_required": 2, **({"not_again": "partner"} if key == "second" else {})}
        for key in ("first", "second")
    }
    with rehearse(study(tasks=tasks)) as rehearsal:
        ann, bob = rehearsal.people("ann", "bob")
        for person in (ann, bob):
            person.says("hi", "first")
        ann.says("bye")
        for person in (ann, bob):
            person.says("second")
        assert places(ann, bob) == ["waiting"] * 2


def test_a_rule_stays_kept_over_a_crash(tmp_path):
    with rehearse(study(same=["lang"], different=["stance"]), store=tmp_path / "a.db") as rehearsal:
        ann = comes(rehearsal, "ann", lang="de", stance="for")
        bob = comes(rehearsal, "bob", lang="de", stance="for")
        rehearsal.crash()
        cem = comes(rehearsal, "cem", lang="fr", stance="against")
        dan = comes(rehearsal, "dan", lang="de", stance="against")
        assert places(ann, bob, cem, dan) == ["task", "waiting", "waiting", "task"]
        bob.says("EXIT")
        assert bob.place == "overworld"


def test_who_leaves_a_pool_of_their_own_is_gone_from_it():
    with rehearse(study(same=["lang"])) as rehearsal:
        people = [comes(rehearsal, f"p{number}", lang=f"l{number}") for number in range(20)]
        waiting = rehearsal.service._journey.tasks.waiting
        assert len(waiting.pools) == 20
        for person in people[:10]:
            person.says("EXIT")
        for person in people[10:]:
            person.goes_away()
        rehearsal.advance(6)
        assert (waiting.pools, waiting.entry_of("memory:p0")) == ([], None)


def test_where_a_name_is_looked_for():
    session = Session("memory:ann")
    session.stored_data = {"entry": {"lang": "it", "Only": "x"}, "condition": {"side": "buyer"}}
    session.onboard_data = {"age": 31, "background": {"language": "German", "hobbies": ["tennis", "chess"]}}
    for name, value in {
        "lang": "it",
        "arrival.ONLY": "x",
        "side": "buyer",
        "condition.side": "buyer",
        "age": "31",
        "language": "German",
        "onboard.background.language": "German",
        "background.language": "German",
        "hobbies": "chess, tennis",
        "condition.lang": None,
        "onboard.nothing.there": None,
        "background": None,
    }.items():
        assert known_value(name, session) == value, name


def task_plan(rules, size):
    return TaskPlan(
        key="talk",
        world=object,
        onboard=None,
        agents_required=size.most,
        max_time_in_pool=None,
        backup_task=None,
        eligibility=None,
        assign_roles=None,
        config=TaskConfig(key="talk", task_world="", matching=rules),
        size=size if size.least < size.most else None,
    )


def random_person(number, lot):
    session = Session(f"memory:p{number}")
    session.stored_data = {
        "entry": {"lang": lot.choice("ab"), "stance": lot.choice("xyz")},
        "conversations": lot.sample(range(12), lot.randint(0, 3)),
    }
    return session


def may_be_together(group, rules):
    for one, other in itertools.combinations(group, 2):
        link, theirs = one.stored_data["entry"], other.stored_data["entry"]
        if any(link[name] != theirs[name] for name in rules.same):
            return False
        if any(link[name] == theirs[name] for name in rules.different):
            return False
        met = set(one.stored_data["conversations"]) & set(other.stored_data["conversations"])
        if rules.new_partners and met:
            return False
    return True


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 60), marks=pytest.mark.thorough)])
def test_over_random_arrivals_the_rules_are_kept_and_nobody_is_left_who_could_have_been_matched(seeds):
    for seed in seeds:
        with case("seed", seed):
            random_arrivals(random.Random(seed))


def random_arrivals(lot):
    rules = MatchRules(
        same=lot.choice([(), ("lang",)]),
        different=lot.choice([(), ("stance",), ("stance", "lang")]),
        new_partners=lot.random() < 0.5,
        prefer=lot.choice([None, Preference(different=("stance",), wait=5), Preference(same=("lang",), wait=5)]),
    )
    if set(rules.same) & set(rules.different):
        rules = MatchRules(same=(), different=rules.different, new_partners=rules.new_partners)
    least = lot.choice([2, 2, 3])
    size = GroupSize(least=least, most=lot.choice([least, 4]), wait=10)
    pair_rules = PairRules(rules)
    pools = {}
    taken = []
    for number in range(40):
        session = random_person(number, lot)
        traits = pair_rules.traits(session)
        pool = pools.setdefault(traits.same, Pool(task_plan(rules, size), pair_rules))
        pool.add(session, float(number), traits)
        taken += look(pool, float(number), size)
    for pool in pools.values():
        taken += look(pool, 100.0, size)
    ids = [session.id for group in taken for session in group]
    assert len(ids) == len(set(ids))
    assert all(may_be_together(group, rules) for group in taken)
    assert taken or rules
    for pool in pools.values():
        left = [entry.session for entry in pool]
        assert not any(may_be_together(group, rules) for group in itertools.combinations(left, least))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 4))])
def test_over_random_walks_and_crashes_nobody_is_matched_against_a_rule(tmp_path, seed):
    lot = random.Random(seed)
    rules = {"same": ["lang"], "different": ["stance"], "not_again": "partner"}
    size = {"from": 2, "to": 3, "wait": 20}
    links = {f"p{number}": {"lang": lot.choice("ab"), "stance": lot.choice("xyz")} for number in range(16)}
    with rehearse(study(agents_required=size, **rules), store=tmp_path / "a.db") as rehearsal:
        for _ in range(120):
            name = lot.choice([*links])
            person = rehearsal.person(name)
            deed = lot.choice(["says", "says", "says", "goes", "time", "bye"])
            if deed == "goes" and person.place != "gone":
                person.goes_away()
            elif deed == "time":
                rehearsal.advance(lot.choice([1, 4, 15]))
            else:
                person.arrives(entry=links[name])
                person.says("bye" if deed == "bye" else "talk")
            if lot.random() < 0.03:
                rehearsal.crash()
        rehearsal.advance(30)
        left = [name for name in links if rehearsal.person(name).place == "waiting"]
        here = [name for name in left if not rehearsal.person(name).is_away]
    with closing(sqlite3.connect(tmp_path / "a.db")) as record, record:
        rows = record.execute("SELECT taken FROM matches ORDER BY id")
        groups = [[who.partition(":")[2] for who in json.loads(row)] for (row,) in rows]
    met = set()
    assert len(groups) > 3
    for group in groups:
        assert len(group) == len(set(group)) in (2, 3)
        for one, other in itertools.combinations(group, 2):
            assert links[one]["lang"] == links[other]["lang"]
            assert links[one]["stance"] != links[other]["stance"]
            assert frozenset((one, other)) not in met
        met |= {frozenset(pair) for pair in itertools.combinations(group, 2)}
    for one, other in itertools.combinations(here, 2):
        fit = links[one]["lang"] == links[other]["lang"] and links[one]["stance"] != links[other]["stance"]
        assert not fit or frozenset((one, other)) in met


def look(pool, now, size):
    groups = []
    for match in find_matches(pool, pool.present(), now).matches:
        assert size.least <= len(match.entries) <= size.most
        waited = now - min(entry.since for entry in match.entries)
        assert len(match.entries) == size.most or waited >= size.wait - 0.01
        for entry in match.entries:
            pool.remove(entry.session)
        groups.append([entry.session for entry in match.entries])
    return groups


@pytest.mark.parametrize("history", [0, 3])
def test_two_thousand_who_wait_and_cannot_be_matched_do_not_slow_down_a_look(history):
    rules = MatchRules(different=("stance",), new_partners=True)
    pair_rules = PairRules(rules)
    pool = Pool(task_plan(rules, GroupSize(least=2, most=2)), pair_rules)
    for number in range(2_000):
        session = Session(f"memory:p{number}")
        session.stored_data = {
            "entry": {"stance": "for"},
            "conversations": [f"{number}:{run}" for run in range(history)],
        }
        pool.add(session, float(number), pair_rules.traits(session))
    fastest = min(look_time(pool) for _ in range(5))
    assert fastest < 0.02  # of this thread's own time; to compare all with all would take seconds
    session = Session("memory:late")
    session.stored_data = {"entry": {"stance": "against"}}
    pool.add(session, 2_000.0, pair_rules.traits(session))
    (match,) = find_matches(pool, pool.present(), 2_000.0).matches
    assert [entry.session.id for entry in match.entries] == ["memory:p0", "memory:late"]
    assert len(match.passed_over) == NAMED_AT_MOST


def look_time(pool):
    begin = thread_time()
    assert find_matches(pool, pool.present(), 2_000.0).matches == []
    return thread_time() - begin


def test_what_is_too_much_for_one_look_is_gone_on_with_by_the_next():
    """Everybody has met everybody, but for two at the end of the line."""
    rules = MatchRules(new_partners=True)
    pair_rules = PairRules(rules)
    pool = Pool(task_plan(rules, GroupSize(least=2, most=2)), pair_rules)
    for number in range(300):
        session = Session(f"memory:p{number}")
        if number < 298:
            session.stored_data = {"conversations": ["all", f"298:{number}", f"299:{number}"]}
        else:
            session.stored_data = {"conversations": [f"{number}:{other}" for other in range(298)]}
        pool.add(session, 0.0, pair_rules.traits(session))
    looks = 0
    while not (found := find_matches(pool, pool.present(), 0.0)).matches:
        assert found.look_from
        pool.look_from = found.look_from
        looks += 1
        assert looks < 20
    assert {entry.session.id for entry in found.matches[0].entries} == {"memory:p298", "memory:p299"}
    assert looks > 1
