"""ParlAI's names, with classes of ours behind them."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import parleyrun
from parleyrun.compat.name_finder import NameFinder, stand_for_parlai
from parleyrun.compat.name_table import NAMES, PACKAGES
from parleyrun.core.create import AGENTS
from parleyrun.errors import AgentError, RegistrationError


def test_every_name_in_the_table_can_be_had():
    with NameFinder():
        for module in sorted(NAMES):
            there = importlib.import_module(module)
            for name in NAMES[module]:
                assert getattr(there, name) is not None, (module, name)


def test_names_stand_for_our_classes_and_can_be_imported_in_every_way():
    with NameFinder():
        import parlai.utils.logging as logs
        from parlai.core.agents import Agent, create_agent_from_shared
        from parlai.core.worlds import World, create_task, validate
        from parlai.utils import misc

        namespace: dict[str, object] = {}
        exec("from parlai.core.worlds import *", namespace)

        assert (Agent, validate) == (parleyrun.Agent, parleyrun.validate)
        assert issubclass(World, parleyrun.World)
        assert create_agent_from_shared is parleyrun.create_agent_from_shared
        assert callable(create_task)
        assert namespace["DialogPartnerWorld"] is parleyrun.DialogPartnerWorld
        assert logs.logger.name == "parleyrun.worlds"
        assert misc.round_sigfigs(0.012345) == 0.01234 or misc.round_sigfigs(0.012345) == 0.01235


def test_nothing_is_left_when_they_are_taken_away():
    finders, modules = list(sys.meta_path), set(sys.modules)
    with NameFinder() as finder:
        import parlai.core.worlds

        assert sys.meta_path[0] is finder
    assert sys.meta_path == finders
    assert not {name for name in set(sys.modules) - modules if name.partition(".")[0] == "parlai"}
    with pytest.raises(ModuleNotFoundError):
        import parlai.core.worlds  # noqa: F401


def test_there_is_one_finder_however_often_it_is_asked_for():
    first = stand_for_parlai()
    assert stand_for_parlai() is first
    assert sum(isinstance(finder, NameFinder) for finder in sys.meta_path) == 1


def test_parlai_itself_is_not_replaced_where_it_is_imported_already(tmp_path, monkeypatch):
    (tmp_path / "parlai.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "parlai", raising=False)
    importlib.import_module("parlai")
    with pytest.raises(RegistrationError, match="write compat: off"), NameFinder():
        pass
    monkeypatch.delitem(sys.modules, "parlai")


def test_what_needs_torch_can_be_named_and_inherited_from_and_says_so_when_it_is_used():
    with NameFinder():
        from parlai.agents.transformer import transformer
        from parlai.agents.transformer.transformer import TransformerGeneratorAgent
        from parlai.core.torch_agent import Output, TorchAgent

        class MyAgent(TorchAgent):
            def reply(self, output: Output) -> TransformerGeneratorAgent | None:
                return None

        from parlai.core.agents import Agent
        from parlai.core.loader import register_agent

        @register_agent("compat_test_of_torch")
        class Other(TorchAgent):
            pass

        class Both(TorchAgent, Agent):
            def act(self):
                return {}

        assert not isinstance(3, TorchAgent)
        assert "compat_test_of_torch" not in AGENTS.names()
        assert transformer.__name__ == "parlai.agents.transformer.transformer"
        for use in (
            lambda: Output("hello"),
            lambda: MyAgent({}),
            lambda: Other({}),
            lambda: Both({}),
            lambda: transformer.add_common_cmdline_args(None),
        ):
            with pytest.raises(AgentError, match=r"parlai\..* needs ParlAI itself, and torch"):
                use()
        assert not hasattr(TorchAgent, "add_cmdline_args")


def test_a_module_that_nobody_has_is_said_to_be_missing_with_where_to_look():
    with NameFinder():
        with pytest.raises(ModuleNotFoundError, match=r"coming-from-parlai\.md") as caught:
            importlib.import_module("parlai.core.no_such_module")
        with pytest.raises(ImportError, match=r"'Wold' from 'parlai.core.worlds' .*name_table.py"):
            exec("from parlai.core.worlds import Wold")
    assert caught.value.name == "parlai.core.no_such_module"


def test_modules_of_the_project_come_from_the_project(checkout, tmp_path, monkeypatch):
    checkout(
        "parlai/chat_service/tasks/talk/worlds.py",
        "from parlai.core.worlds import World\nclass Mine(World): ...\n",
    )
    checkout("parlai/tasks/mine/agents.py", "WHOSE = 'mine'\n")
    checkout("parlai/agents/parrot/parrot.py", "WHOSE = 'mine'\n")
    checkout("parlai/chat_service/services/websocket/database.py", "WHOSE = 'mine'\n")
    checkout("parlai/chat_service/services/websocket/websocket_manager.py", "import tornado_of_nobody\n")
    checkout("parlai/tasks/squad/agents.py", "WHOSE = 'mine'\n")
    checkout("parlai_internal/tasks/secret.py", "from parlai.core.agents import Agent\n")
    monkeypatch.syspath_prepend(tmp_path)
    with NameFinder():
        worlds = importlib.import_module("parlai.chat_service.tasks.talk.worlds")
        assert issubclass(worlds.Mine, parleyrun.World)
        assert importlib.import_module("parlai.tasks.mine.agents").WHOSE == "mine"
        assert importlib.import_module("parlai.agents.parrot.parrot").WHOSE == "mine"
        assert importlib.import_module("parlai_internal.tasks.secret").Agent is parleyrun.Agent
        services = "parlai.chat_service.services.websocket"
        assert importlib.import_module(f"{services}.database").WHOSE == "mine"
        importlib.import_module(f"{services}.websocket_manager")
        assert importlib.import_module("parlai.tasks.squad.agents").WHOSE == "mine"
        # It is there, and imports what nobody has; it comes with ParlAI, and so is not the project's.
        importlib.import_module("parlai.agents.transformer.transformer")


def test_tasks_that_come_with_us_are_ours_where_the_project_has_none():
    with NameFinder():
        from parlai.tasks.babi.agents import Task1kTeacher
        from parlai.tasks.squad.agents import DefaultTeacher

        assert issubclass(DefaultTeacher, parleyrun.Teacher)
        assert issubclass(Task1kTeacher, parleyrun.Teacher)
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("parlai.tasks.no_such_task.agents")


def test_what_is_ours_is_pickled_by_its_own_name():
    with NameFinder():
        from parlai.core.message import Message
        from parlai.core.opt import Opt

        pickled = pickle.dumps([Message({"text": "hi"}), Opt({"a": 1})])
    assert pickle.loads(pickled) == [{"text": "hi"}, {"a": 1}]


def test_names_are_found_from_many_threads_at_once():
    with NameFinder():
        found, barrier = [], threading.Barrier(8)

        def look(number: int) -> None:
            barrier.wait()
            module = importlib.import_module(sorted(NAMES)[number % len(NAMES)])
            found.append((module.__name__, importlib.import_module("parlai.core.worlds").World))

        threads = [threading.Thread(target=look, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len({world for _, world in found}) == 1


def test_what_was_asked_for_is_told_in_one_line():
    with NameFinder() as finder:
        from parlai.core.worlds import World, validate  # noqa: F401
        from parlai.utils.strings import normalize_reply  # noqa: F401

        line = finder.described()
    assert "\n" not in line
    assert "(3 names so far: parlai.core.worlds: World, validate; parlai.utils.strings: normalize_reply)" in line


def test_no_module_is_ours_and_a_package_of_the_projects_at_the_same_time():
    assert not PACKAGES & NAMES.keys()
    assert "parlai.chat_service.tasks" in PACKAGES
    assert not {name for name in NAMES if name.startswith(("parlai.tasks.", "parlai.chat_service.tasks."))}


@pytest.mark.process
def test_importing_a_config_without_parlai_loads_nothing_of_it():
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\nfrom parleyrun.config.plan import check\nfrom pathlib import Path\n"
            "check(Path('configs/demo.yml'))\n"
            "print([name for name in sys.modules if name.startswith('parleyrun.compat')])",
        ],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
