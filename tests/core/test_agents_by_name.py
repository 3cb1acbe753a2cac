"""Agents by name."""

import sys

import pytest
from world_lab import Echo

from parleyrun import AgentError, create_agent
from parleyrun.core.worlds import load_agent_class


@pytest.mark.parametrize(
    "name", ["repeat_label", "repeat_query", "fixed_response", "random_candidate", "ir_baseline"]
)
def test_what_comes_with_parleyrun_is_found_by_its_name(name):
    kind = load_agent_class(name)
    assert kind.__module__.rpartition(".")[2] == name
    assert kind.__name__ == f"{''.join(word.title() for word in name.split('_'))}Agent"


def test_your_own_is_found_by_its_path():
    agent = create_agent({"model": "world_lab:Echo", "seed": 3})
    assert type(agent) is Echo
    assert agent.opt["seed"] == 3


@pytest.mark.parametrize("opt", [{}, {"model": None}, {"model": ""}])
def test_an_opt_without_a_model_is_an_error(opt):
    with pytest.raises(AgentError, match="expected the name of an agent at 'model' of opt, such as repeat_label"):
        create_agent(opt)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("repeat_lable", "got 'repeat_lable': did you mean 'repeat_label'?"),
        ("no.such.module:Agent", "there is no module no"),
        ("world_lab:Nobody", r"the agents in world_lab are: .*Echo"),
        ("world_lab:run", "the agents in world_lab are: Capitals, Echo, Right, Together$"),
        ("world_lab:Counter", "expected a subclass of parleyrun.Agent at 'world_lab:Counter', got <class 'coll"),
        (7, "expected a name such as repeat_label"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_what_there_is(name, words):
    with pytest.raises(AgentError, match=words):
        load_agent_class(name)


def test_what_a_module_of_yours_raises_comes_through(tmp_path, monkeypatch):
    (tmp_path / "half_made_agents.py").write_text("import no_such_package_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package_at_all"):
        load_agent_class("half_made_agents:Agent")
    sys.modules.pop("half_made_agents", None)
