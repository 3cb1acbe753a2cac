"""What projects use of ParlAI's library: agents, teachers, messages, options, arguments, scripts, data."""

from __future__ import annotations

import http.server
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from parleyrun.cli import commands
from parleyrun.compat.name_finder import NameFinder
from parleyrun.core.create import AGENTS
from parleyrun.errors import AgentError, DataMissing, TaskError, WorldError


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with NameFinder():
        yield


def test_a_message_is_not_overwritten_by_mistake():
    from parlai.core.message import Message

    message = Message({"text": "one", "tensor": object(), "labels": ("a",)})
    with pytest.raises(RuntimeError, match="force_set"):
        message["text"] = "two"
    message["id"] = "me"
    message.force_set("text", "two")
    del message["labels"]
    message["labels"] = ["b"]
    copy = message.copy()
    assert type(copy) is Message
    assert copy.json_safe_payload() == {"text": "two", "id": "me", "labels": ["b"]}
    assert not copy.is_padding()
    assert Message({"batch_padding": True}).is_padding()


def test_options_fork_and_are_saved_and_loaded(tmp_path):
    from parlai.core.opt import Opt

    opt = Opt({"a": 1, "nested": {"b": [1, 2]}, "thing": object()})
    fork = opt.fork(a=2)
    assert (opt["a"], fork["a"], fork["nested"]) == (1, 2, {"b": [1, 2]})
    opt.save(str(tmp_path / "model.opt"))
    assert Opt.load(str(tmp_path / "model.opt")) == {"a": 1, "nested": {"b": [1, 2]}}


def test_a_parser_reads_arguments_defaults_groups_and_those_of_the_model(write, monkeypatch, tmp_path):
    from parlai.core.params import ParlaiParser

    write(
        "parrots.py",
        """
        from parlai.core.agents import Agent

        class ParrotAgent(Agent):
            @classmethod
            def add_cmdline_args(cls, parser, partial_opt=None):
                group = parser.add_argument_group("Parrot")
                group.add_argument("--how-loud", type=int, default=3, hidden=True)
                return parser

            def act(self):
                return {"id": "parrot", "text": "loud " * self.opt["how_loud"]}
        """,
    )
    monkeypatch.syspath_prepend(tmp_path)
    parser = ParlaiParser(True, True, "A program.")
    group = parser.add_argument_group("Mine")
    group.add_argument("-my", "--my-flag", type="bool", default=False, recommended=True)
    parser.add_argument("--more_of_it", type=float, default=0.5)
    parser.set_defaults(more_of_it=1.5)
    parser.set_params(batchsize=4)

    opt = parser.parse_args(
        ["-t", "babi:Task1k:1", "--my-flag", "true", "-m", "parrots:ParrotAgent", "--how_loud", "2"]
    )
    assert (opt["task"], opt["my_flag"], opt["more_of_it"], opt["batchsize"], opt["how_loud"]) == (
        ("babi:Task1k:1", True, 1.5, 4, 2)
    )
    assert opt["override"] == {
        "task": "babi:Task1k:1",
        "my_flag": True,
        "model": "parrots:ParrotAgent",
        "how_loud": 2,
    }
    other = ParlaiParser(True, True)
    known, rest = other.parse_and_process_known_args(
        ["-m", "parrots:ParrotAgent", "--how-loud", "7", "--zzz", "3"]
    )
    assert (known["how_loud"], known["override"]["how_loud"], rest) == (7, 7, ["--zzz", "3"])
    opt = parser.parse_kwargs(model="parrots:ParrotAgent", batchsize=2)
    assert (opt["how_loud"], opt["batchsize"], opt["override"]["batchsize"]) == (3, 2, 2)
    with pytest.raises(KeyError, match="no_such_argument"):
        parser.parse_kwargs(no_such_argument=1)

    from parlai.core.agents import create_agent, create_agent_from_shared

    agent = create_agent(opt)
    assert create_agent_from_shared(agent.share()).act()["text"] == "loud loud loud "


def test_agents_that_only_parlai_has_are_said_to_need_it(monkeypatch):
    from parlai.core.agents import create_agent, create_agent_from_model_file
    from parlai.core.loader import register_agent

    with pytest.raises(AgentError, match="'transformer/generator' is ParlAI's own"):
        create_agent({"model": "transformer/generator"})
    with pytest.raises(AgentError, match="zoo:blender"):
        create_agent_from_model_file("zoo:blender/blender_90M/model")

    from parlai.core.agents import Agent

    monkeypatch.setattr(AGENTS, "_things", dict(AGENTS._things))  # no other test knows its name

    @register_agent("compat_test_parrot")
    class Parrot(Agent):
        def act(self):
            return {"text": self.observation["text"]}

    parrot = create_agent({"model": "compat_test_parrot"})
    parrot.observe({"text": "hi"})
    assert parrot.act() == {"text": "hi"}


TEACHERS = """
    from parlai.core.teachers import DialogTeacher, FixedDialogTeacher, ParlAIDialogTeacher
    from parlai.core.metrics import AverageMetric
    from parlai.core.agents import Agent

    class SumsTeacher(DialogTeacher):
        def __init__(self, opt, shared=None):
            opt["datafile"] = "three"
            super().__init__(opt, shared)

        def setup_data(self, path):
            assert path == "three"
            yield ("1 + 1", ["2"]), True
            yield ("and 1 more", {"3"}, 1.0, ["2", "3"]), False
            yield {"text": "2 + 2", "labels": ["4"]}, True

        def custom_evaluation(self, teacher_action, labels, model_response):
            self.metrics.add("length", AverageMetric(len(model_response["text"])))
            assert labels

    class NumberedTeacher(FixedDialogTeacher):
        def __init__(self, opt, shared=None):
            super().__init__(opt, shared)
            self.id = "numbered"
            self.data = shared["data"] if shared else [["a", "b"], ["c"]]
            self.reset()

        def share(self):
            shared = super().share()
            shared["data"] = self.data
            return shared

        def num_examples(self):
            return 3

        def num_episodes(self):
            return 2

        def get(self, episode_idx, entry_idx=0):
            episode = self.data[episode_idx]
            return {"text": episode[entry_idx], "labels": ("2",), "episode_done": entry_idx == len(episode) - 1}

    class TwoAgent(Agent):
        def __init__(self, opt, shared=None):
            super().__init__(opt, shared)
            self.id = "Two"

        def observe(self, observation):
            self.observation = observation
            return observation

        def act(self):
            assert self.observation.get("eval_labels")
            return {"id": self.id, "text": "2"}
"""


def test_teachers_and_agents_go_through_the_commands_as_they_are(write, monkeypatch, tmp_path):
    write("theirs.py", TEACHERS)
    monkeypatch.chdir(tmp_path)
    common = ["-m", "theirs:TwoAgent", "--report", "report.json"]
    for task in ("theirs:SumsTeacher", "theirs:NumberedTeacher"):
        ran = CliRunner().invoke(commands, ["eval", "-t", task, "--datatype", "valid", *common])
        assert ran.exit_code == 0, ran.output
        assert '"exs": 3' in (tmp_path / "report.json").read_text()
    assert CliRunner().invoke(commands, ["display", "-t", "theirs:SumsTeacher"]).exit_code == 0


def test_scripts_return_what_commands_print(write, monkeypatch, tmp_path, capsys):
    write("theirs.py", TEACHERS)
    monkeypatch.syspath_prepend(tmp_path)
    from parlai.core.script import ParlaiScript, register_script
    from parlai.scripts.display_data import DisplayData
    from parlai.scripts.eval_model import EvalModel
    from parlai.scripts.interactive import Interactive
    from parlai.scripts.self_chat import SelfChat

    report = EvalModel.main(task="theirs:SumsTeacher", model="theirs:TwoAgent")
    assert (report["exs"], report["accuracy"], report["length"]) == (3, pytest.approx(1 / 3), 1)

    DisplayData.main(task="theirs:SumsTeacher", num_examples=2)
    assert "[theirs:SumsTeacher]: 1 + 1" in capsys.readouterr().out

    (chat,) = SelfChat.main(model="repeat_query", selfchat_max_turns=2)
    assert len(chat) == 4

    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    Interactive.main(model="repeat_query")
    assert "hello" in capsys.readouterr().out

    @register_script("mine")
    class Mine(ParlaiScript):
        def run(self):
            return self.opt["datatype"]

    assert Mine.main("--datatype", "test") == "test"
    with pytest.raises(WorldError, match=r"ParlaiScript\.run\(\) is not written: every script needs one"):
        ParlaiScript.main("--datatype", "test")


def test_files_of_examples_are_read(tmp_path):
    from parlai.core.teachers import FbDeprecatedDialogTeacher, ParlAIDialogTeacher

    lines = tmp_path / "lines.txt"
    lines.write_text("text:one\tlabels:1|I\ntext:two\\nlines\tlabels:2\tepisode_done:True\ntext:three\tlabels:3\n")
    teacher = ParlAIDialogTeacher({"datatype": "valid", "parlaidialogteacher_datafile": str(lines)})
    acts = [teacher.act() for _ in range(3)]
    assert [(act["text"], act["eval_labels"], act["episode_done"]) for act in acts] == [
        ("one", ("1", "I"), False),
        ("two\nlines", ("2",), True),
        ("three", ("3",), True),
    ]
    numbered = tmp_path / "numbered.txt"
    numbered.write_text("1 Mary is here.\n2 Where is Mary?\there\t\there|there\n1 Who?\tJohn\n")
    teacher = FbDeprecatedDialogTeacher({"datatype": "valid", "datafile": str(numbered)})
    first, second = teacher.act(), teacher.act()
    assert first["text"] == "Mary is here.\nWhere is Mary?"
    assert (first["eval_labels"], first["label_candidates"]) == (("here",), ("here", "there"))
    assert (second["text"], second["episode_done"]) == ("Who?", True)
    with pytest.raises(TaskError, match="expected an example"):
        _teacher_of([("a", ["b"], 0, None, None, "too much")])


def _teacher_of(examples):
    from parlai.core.teachers import DialogTeacher

    class Given(DialogTeacher):
        def setup_data(self, path):
            return ((example, True) for example in examples)

    return Given({"datatype": "valid"})


@pytest.fixture
def address(tmp_path) -> Iterator[str]:
    """Where a folder with an archive in it can be fetched from."""
    served = tmp_path / "served"
    served.mkdir()
    (served / "data.txt").write_text("some data")
    with tarfile.open(served / "data.tgz", "w:gz") as archive:
        archive.add(served / "data.txt", "inside/data.txt")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=served)
    handler.func.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_data_is_fetched_unpacked_and_marked(tmp_path, address):
    import parlai.core.build_data as build_data
    from parlai.core.build_data import DownloadableFile

    folder = str(tmp_path / "data" / "mine")
    assert not build_data.built(folder, "1.0")
    build_data.make_dir(folder)
    DownloadableFile(f"{address}/data.tgz", "data.tgz", "").download_file(folder)
    assert Path(folder, "inside", "data.txt").read_text() == "some data"
    build_data.download(f"{address}/data.txt", folder, "plain.txt")
    assert Path(folder, "plain.txt").read_text() == "some data"
    build_data.mark_done(folder, "1.0")
    assert build_data.built(folder)
    assert build_data.built(folder, "1.0")
    assert not build_data.built(folder, "2.0")
    with pytest.raises(DataMissing, match=r"put missing\.txt into"):
        DownloadableFile(f"{address}/missing.txt", "missing.txt", "", zipped=False).download_file(folder)
    with pytest.raises(DataMissing, match="Google Drive"):
        DownloadableFile("abc", "big.zip", "", from_google=True).download_file(folder)
    build_data.remove_dir(folder)
    assert not Path(folder).exists()


def test_small_helpers_do_what_their_names_say(tmp_path, caplog):
    import parlai.utils.logging as logging
    from parlai.utils.data import DatatypeHelper
    from parlai.utils.distributed import all_gather_list, is_distributed, is_primary_worker
    from parlai.utils.io import PathManager
    from parlai.utils.misc import AttrDict, TimeLogger, Timer, msg_to_str, round_sigfigs, str_to_msg, warn_once
    from parlai.utils.strings import normalize_reply
    from parlai.utils.world_logging import WorldLogger

    assert normalize_reply("i 'm fine , thanks . and you ?") == "I'm fine, thanks. And you?"
    assert normalize_reply("hello") == "Hello."
    assert [round_sigfigs(value, 3) for value in (1234.5, 0.0012345, 0, "x")] == [1230, 0.00123, 0, 0]
    assert AttrDict(a=1).a == 1
    line = "text:two\\nlines\tlabels:a|b\tepisode_done:True"
    message = str_to_msg(line)
    assert message == {"text": "two\nlines", "labels": ("a", "b"), "episode_done": True}
    assert str_to_msg(msg_to_str(message)) == message
    assert str_to_msg("text:a\\tb\tlabels:c__PIPE__d") == {
        "text": "a\tb",
        "labels": ("c|d",),
        "episode_done": False,
    }
    for labels in [("a|b",), ("a|b", "c\td", "e\nf")]:
        assert str_to_msg(msg_to_str({"text": "x|y", "labels": labels}))["labels"] == labels
    assert (is_distributed(), is_primary_worker(), all_gather_list(3)) == (False, True, [3])
    assert DatatypeHelper.fold("train:stream:ordered") == "train"
    assert not DatatypeHelper.should_shuffle("train:stream:ordered")
    with pytest.warns(UserWarning, match="once"):
        warn_once("this is said once")
    assert Timer().stop().time() >= 0
    text, values = TimeLogger().log(1, 4, {"loss": 0.123456})
    assert values["%done"] == 0.25
    assert "0.1235" in text
    with PathManager.open(str(tmp_path / "a.txt"), "w") as file:
        file.write("ü")
    assert PathManager.ls(str(tmp_path)) == ["a.txt"]
    with caplog.at_level("INFO"):
        logging.info("a line")
        logging.success("a result")
    assert [record.getMessage() for record in caplog.records] == ["a line", "a result"]

    class Said:
        def get_acts(self):
            return [{"text": "hi", "tensor": object()}, None]

        def episode_done(self):
            return True

    logger = WorldLogger({})
    logger.log(Said())
    logger.write(str(tmp_path / "log.jsonl"), Said())
    assert json.loads((tmp_path / "log.jsonl").read_text()) == {"dialog": [[{"text": "hi"}]]}


def test_a_config_is_read_as_parlai_reads_it(write):
    from parlai.chat_service.utils.config import parse_configuration_file

    path = write(
        "config.yml",
        """
        world_module: some.worlds
        overworld: Over
        max_workers: 3
        task_name: mine
        tasks: {talk: {task_world: Talk, onboard_world: Hello, agents_required: 2}}
        opt: {debug: true}
        additional_args: {page_id: 1, mine: 2}
        compat: parlai
        """,
    )
    parsed = parse_configuration_file(str(path))
    talk = parsed["configs"]["talk"]
    assert (talk.world_name, talk.onboarding_name, talk.task_name) == ("talk", "Hello", "Talk")
    assert (talk.max_time_in_pool, talk.agents_required, talk.backup_task) == (300, 2, None)
    assert (parsed["overworld"], parsed["world_opt"], parsed["additional_args"]) == (
        "Over",
        {"debug": True},
        {"mine": 2},
    )
