"""Tables from which copies are made."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world_lab import Echo

from parleyrun import (
    AgentError,
    BotAgent,
    Opt,
    create_agent_from_shared,
    create_agents_from_shared,
    override_opts_in_shared,
)


def test_every_opt_has_the_new_values_and_the_old_ones_stay_as_they_are():
    table = {
        "opt": {"a": 1},
        "agents": [{"opt": {"a": 1, "b": 2}}],
        "world": {"opt": {}, "deep": {"opt": {"a": 0}}},
    }
    before = deepcopy(table)
    made = override_opts_in_shared(table, {"a": 9})
    assert made == {
        "opt": {"a": 9},
        "agents": [{"opt": {"a": 9, "b": 2}}],
        "world": {"opt": {"a": 9}, "deep": {"opt": {"a": 9}}},
    }
    assert table == before


def test_data_is_the_same_object_in_the_copy():
    data, mapping = [{"text": "x"}] * 3, {"no": "table"}
    made = override_opts_in_shared({"opt": {}, "data": data, "mapping": mapping}, {"a": 1})
    assert made["data"] is data
    assert made["mapping"] is mapping


def test_an_opt_in_common_stays_in_common():
    common = {"a": 1}
    made = override_opts_in_shared({"opt": common, "agents": [{"opt": common}, {"opt": common}]}, {"b": 2})
    assert made["opt"] is made["agents"][0]["opt"] is made["agents"][1]["opt"]


def test_an_opt_that_nobody_may_change_is_overridden_by_a_plain_one():
    made = override_opts_in_shared({"opt": Opt({"a": 1})}, {"a": 2})
    assert made["opt"] == {"a": 2}


tables = st.recursive(
    st.fixed_dictionaries({"opt": st.dictionaries(st.text(max_size=2), st.integers())}),
    lambda inner: st.fixed_dictionaries(
        {"opt": st.dictionaries(st.text(max_size=2), st.integers()), "list": st.lists(inner), "one": inner}
    ),
    max_leaves=8,
)


def opts_in(table):
    yield table["opt"]
    for inner in (*table.get("list", ()), *([table["one"]] if "one" in table else ())):
        yield from opts_in(inner)


@given(table=tables, overrides=st.dictionaries(st.text(max_size=2), st.integers()))
@settings(deadline=None)
def test_however_deep_all_opts_are_overridden_and_none_is_changed(table, overrides):
    before = deepcopy(table)
    made = override_opts_in_shared(table, overrides)
    assert table == before
    assert list(opts_in(made)) == [{**old, **overrides} for old in opts_in(table)]


def test_copies_of_agents_are_of_their_class_and_have_their_opt():
    one, other = Echo({"a": 1}), Echo({"a": 2})
    copies = create_agents_from_shared([one.share(), other.share()])
    assert [type(copy) for copy in copies] == [Echo, Echo]
    assert [copy.opt for copy in copies] == [{"a": 1}, {"a": 2}]
    assert copies[0].log is one.log


def test_a_table_that_is_none_and_a_class_that_makes_no_agent_are_refused():
    with pytest.raises(AgentError, match="without 'class'"):
        create_agent_from_shared({"opt": {}})
    with pytest.raises(AgentError, match="to be an agent, with act"):
        create_agent_from_shared({"class": lambda opt, shared: object(), "opt": {}})


def test_a_bot_s_seat_among_people_cannot_be_copied():
    with pytest.raises(AgentError, match="the seat of robin among people cannot be copied"):
        BotAgent(Echo(), id="robin").share()
