"""Models in configs of ParlAI's."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from parleyrun.cli import commands
from parleyrun.config.plan import check

WORLDS = """
    from parlai.core.agents import create_agent_from_shared
    from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld as Over

    class Talk(OnboardWorld):
        @staticmethod
        def generate_world(opt, agents):
            world = Talk(opt, agents[0])
            world.bot = create_agent_from_shared(opt["shared_bot_params"]["blender"])
            return world

        def parley(self):
            act = self.agent.act()
            if act is not None:
                self.bot.observe(act)
                self.agent.observe(self.bot.act())
"""

CONFIG = """
    world_module: blended
    overworld: Over
    tasks: {default: {task_world: Talk}}
    opt:
      models:
        blender:
          model: transformer/generator
          model_file: zoo:blender/blender_90M/model
          interactive_mode: true
          no_cuda: true
          override: {beam_size: 4}
"""


@pytest.fixture
def blended(write):
    write("blended.py", WORLDS)
    return write("config.yml", CONFIG)


def test_a_model_from_the_zoo_cannot_be_had_and_what_can_take_its_place_is_named(blended):
    plan, findings = check(blended)
    assert plan is None
    (found,) = [found for found in findings if found.severity == "error"]
    assert found.code == "model-file"
    assert "zoo:blender/blender_90M/model" in found.message
    assert "--model blender=chat_completions:http" in found.hint


def test_another_model_takes_its_place_as_a_whole(blended, write, tmp_path):
    write("steps.yml", "- {seat: 1, says: hello}\n- {seat: 1, says: one}\n- {seat: 1, expects: one}\n")
    ran = CliRunner().invoke(commands, ["validate", str(blended), "--model", "blender=repeat_query"])
    assert ran.exit_code == 0, ran.output
    script = ["--script", str(tmp_path / "steps.yml"), "--bypass-server", "--store", ":memory:"]
    ran = CliRunner().invoke(commands, ["local", str(blended), "--model", "blender=repeat_query", *script])
    assert ran.exit_code == 0, ran.output
    ran = CliRunner().invoke(commands, ["validate", str(blended), "--model", "blender"])
    assert ran.exit_code == 2
    assert "expected NAME=KIND" in ran.output


def test_the_only_model_of_an_older_config_is_called_model(write):
    write("blended.py", WORLDS)
    path = write(
        "config.yml",
        """
        world_module: blended
        overworld: Over
        tasks: {default: {task_world: Talk}}
        opt: {model: transformer/generator, model_file: "zoo:dodecadialogue/all_tasks_mt/model"}
        """,
    )
    _, findings = check(path)
    assert ["--model model=chat_completions" in found.hint for found in findings] == [True]
    plan, findings = check(path, {"models": {"model": {"model": "repeat_query", "model_file": None}}})
    assert plan is not None
    assert plan.models["model"].config.kind == "repeat_query"


def test_a_model_that_parlai_itself_loads_needs_its_names(blended):
    blended.write_text(blended.read_text("utf-8").replace("transformer/generator", "parlai"))
    plan, findings = check(
        blended, {"opt": {"models": {"blender": {"agent": "unigram", "interactive_mode": None}}}}
    )
    assert plan is None
    assert any("compat: off" in found.hint for found in findings), [str(found) for found in findings]
