"""The small helpers of ParlAI's library that projects use here and there, each by ParlAI's name."""

from __future__ import annotations

import argparse
import collections
import logging as stdlib_logging
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from parleyrun.compat.name_finder import NameFinder
from parleyrun.errors import AgentError, TaskError
from parleyrun.tasks.squad import DefaultTeacher as SquadTeacher


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with NameFinder():
        yield


def test_a_timer_stands_still_while_it_is_stopped(monkeypatch):
    from parlai.utils.misc import TimeLogger, Timer

    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("parleyrun.compat.library.conveniences.time.monotonic", lambda: clock.now)
    timer = Timer()
    clock.now += 2
    assert timer.stop().stop().time() == 2
    clock.now += 50
    assert timer.time() == 2
    timer.resume().resume()
    clock.now += 3
    assert timer.time() == 5
    assert timer.reset().time() == 0
    logger = TimeLogger()
    clock.now += 4
    assert (logger.time(), logger.total_time()) == (4, 0)
    assert logger.log(1, 4)[1] == {"exs": 1, "total": 4, "%done": 0.25, "time_left": "12s"}
    clock.now += 1
    assert (logger.time(), logger.total_time()) == (1, 4)
    assert logger.log(0, 4)[1] == {"exs": 0, "total": 4, "%done": 0.0}
    assert logger.log(7, 0)[1] == {"exs": 7, "total": 0}


def test_counters_locks_reports_and_names_are_as_in_parlai():
    from parlai.utils.misc import (
        NoLock,
        SimpleCounter,
        float_formatter,
        nice_report,
        recursive_getattr,
        set_namedtuple_defaults,
    )
    from parlai.utils.strings import colorize, name_to_agent_class, name_to_classname

    counter = SimpleCounter(3)
    with NoLock() as lock:
        counter.increment()
        counter.increment(2)
    assert isinstance(lock, NoLock)
    assert counter.value() == 6
    assert nice_report({"f1": 0.123456, "exs": 20}) == "exs: 20.0\nf1: 0.1235"
    assert float_formatter(12.3456) == "12.35"
    nested = SimpleNamespace(a=SimpleNamespace(b=7))
    assert recursive_getattr(nested, "a.b") == 7
    assert recursive_getattr(nested, "a.c", None) is None
    Point = set_namedtuple_defaults(collections.namedtuple("Point", "x y"), 0)
    assert Point(1) == (1, 0)
    assert name_to_classname("my_own_agent") == "MyOwnAgent"
    assert [name_to_agent_class(name) for name in ("my", "my_agent")] == ["MyAgent", "MyAgent"]
    assert colorize("plain", "red") == "plain"


def test_lines_of_messages_leave_out_what_is_not_asked_for():
    from parlai.utils.misc import msg_to_str, str_to_msg

    assert str_to_msg("text:hi\tid:me\tno colon", ignore_fields="id") == {"text": "hi", "episode_done": False}
    assert str_to_msg("") is None
    message = {"id": "me", "text": "hi", "reward": None, "episode_done": False, "mine": 3}
    assert msg_to_str(message, ignore_fields="id") == "text:hi\tmine:3"


def test_candidates_are_read_in_all_of_parlais_forms(tmp_path):
    from parlai.utils.misc import load_cands

    def read(text: str, **how: bool) -> list[str]:
        path = tmp_path / "candidates.txt"
        path.write_text(text, encoding="utf-8")
        return load_cands(str(path), **how)

    assert load_cands(None) is None
    assert read("") == []
    assert read("yes\n\nno\\nnever\n") == ["yes", "no\nnever"]
    assert read("1 yes\n2 no\n") == ["yes", "no"]
    assert read("1 yes\nno\n") == ["yes", "no"]
    assert read("7 yes\n8 no\n", lines_have_ids=True) == ["yes", "no"]
    assert read("1 ready?\tyes\n2 tired?\tno\tx\n3 silence\n") == ["yes", "no"]
    assert read("1 silence\n", cands_are_replies=True) == []


def test_a_history_of_dialog_has_the_last_lines_and_begins_anew_after_an_episode():
    from parlai.utils.misc import maintain_dialog_history

    history: dict[str, object] = {}
    seen = {"text": "one\ntwo", "labels": ["my label"]}
    assert maintain_dialog_history(history, seen, historyLength=3) == ["one", "two"]
    assert maintain_dialog_history(history, {"text": "three"}, "my reply", 3) == ["two", "my label", "three"]
    assert maintain_dialog_history(history, {"text": "four"}, "my reply", 3) == ["three", "my reply", "four"]
    told = maintain_dialog_history(history, {"text": "five", "episode_done": True}, "mine", 3, useReplies="none")
    assert told == ["my reply", "four", "five"]
    assert maintain_dialog_history(history, {"text": "a new one"}, "mine", 3) == ["a new one"]


def test_names_of_datatypes_are_read_as_parlai_reads_them():
    from parlai.utils.data import DatatypeHelper

    assert DatatypeHelper.strip_stream("train:stream:ordered") == "train:ordered"
    assert DatatypeHelper.is_streaming("train:stream")
    assert not DatatypeHelper.is_streaming("train")
    kinds = ("train", "train:stream", "train:ordered", "train:evalmode", "valid")
    assert [DatatypeHelper.should_cycle(kind) for kind in kinds] == [True, True, False, False, False]
    assert [DatatypeHelper.should_shuffle(kind) for kind in kinds] == [True, False, False, False, False]


def test_one_process_is_the_first_of_one():
    from parlai.utils import distributed

    assert (distributed.num_workers(), distributed.get_rank(), distributed.get_dist_group()) == (1, 0, None)
    assert distributed.sync_object({"a": 1}) == {"a": 1}
    assert distributed.sync_parameters(object())
    with distributed.override_print(), distributed.distributed_context(0, 1):
        assert not distributed.is_distributed()


def test_files_are_handled_by_their_paths(tmp_path):
    from parlai.utils.io import PathManager

    folder, file, copy = str(tmp_path / "a" / "b"), str(tmp_path / "a" / "one"), str(tmp_path / "a" / "two")
    PathManager.mkdirs(folder)
    with PathManager.open(file, "wb") as written:
        written.write(b"1")
    assert PathManager.exists(folder)
    assert (PathManager.isdir(folder), PathManager.isfile(folder)) == (True, False)
    assert (PathManager.isdir(file), PathManager.isfile(file)) == (False, True)
    assert PathManager.copy(file, copy)
    Path(file).write_text("2")
    assert not PathManager.copy(file, copy)
    assert Path(copy).read_text() == "1"
    assert PathManager.copy(file, copy, overwrite=True)
    assert Path(copy).read_text() == "2"
    PathManager.rm(copy)
    assert not PathManager.exists(copy)
    assert PathManager.get_local_path(file) == file


def test_archives_are_unpacked_where_they_are(tmp_path):
    from parlai.core.build_data import DownloadableFile, download, modelzoo_path, move, untar, unzip

    def pack(name: str) -> None:
        (tmp_path / "content").write_text("inside")
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            archive.add(tmp_path / "content", "deep/er/content.txt")

    pack("one.tgz")
    untar(str(tmp_path), "one.tgz", delete=False)
    assert (tmp_path / "deep" / "er" / "content.txt").read_text() == "inside"
    assert (tmp_path / "one.tgz").exists()
    untar(str(tmp_path), "one.tgz", flatten_tar=True)
    assert (tmp_path / "content.txt").read_text() == "inside"
    assert not (tmp_path / "one.tgz").exists()
    pack("two.zip")
    move(str(tmp_path / "content.txt"), str(tmp_path / "moved.txt"))
    assert (tmp_path / "moved.txt").exists()
    unzip(str(tmp_path), "two.zip")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["content", "deep", "moved.txt"]
    download("http://127.0.0.1:1/is-not-asked", str(tmp_path), "moved.txt")
    DownloadableFile("http://127.0.0.1:1/", "moved.txt", "").checksum(str(tmp_path))
    with pytest.raises(TaskError):
        DownloadableFile("http://127.0.0.1:1/", "moved.txt", "0" * 64).checksum(str(tmp_path))
    assert modelzoo_path("there", "zoo:blender/model") == str(Path("there", "models", "blender", "model"))
    assert (modelzoo_path(None, "my/model"), modelzoo_path(None, None)) == ("my/model", None)


def test_lines_of_the_log_have_parlais_levels(caplog, monkeypatch):
    from parlai.chat_service.utils import logging as chat_log
    from parlai.utils import logging

    worlds = stdlib_logging.getLogger("parleyrun.worlds")
    monkeypatch.setattr(worlds, "level", 0)  # put back at the end
    monkeypatch.setattr(logging.logger, "level", logging.logger.level)
    with caplog.at_level(1, logging.logger.name):
        logging.log("by its number", level=30)
        for level in ("spam", "verbose", "debug", "report", "warning", "error", "critical"):
            getattr(logging, level)(level)
        told = [(record.levelno, record.getMessage()) for record in caplog.records]
        caplog.clear()
        logging.set_log_level("error")
        logging.warning("too little")
        logging.set_log_level(20)
        logging.info("enough")
        logging.disable()
        logging.critical("nobody hears it")
        logging.enable()
        assert [record.getMessage() for record in caplog.records] == ["enough"]
    assert told == [
        (30, "by its number"),
        (logging.SPAM, "spam"),
        (10, "verbose"),
        (10, "debug"),
        (logging.SUCCESS, "report"),
        (30, "warning"),
        (40, "error"),
        (50, "critical"),
    ]
    chat_log.set_is_debug(True)
    assert worlds.level == logging.DEBUG
    chat_log.set_is_debug(False)
    assert worlds.level == 0
    chat_log.set_log_level(30)
    assert worlds.level == 30


def test_worlds_of_chat_services_are_found_by_name():
    from parlai.chat_service.utils import misc

    class Talk:
        @staticmethod
        def eligibility_function(person: object) -> bool:
            return True

    module = SimpleNamespace(Talk=Talk)
    assert misc.get_world_module("json").__name__ == "json"
    assert misc.get_eligibility_fn(module, "Talk") is Talk.eligibility_function
    assert misc.get_assign_roles_fn(module, "Talk") is None
    with pytest.raises(AttributeError, match=r"expected Talk\.generate_world"):
        misc.get_world_fn_attr(module, "Talk", "generate_world")
    people = [SimpleNamespace(), SimpleNamespace()]
    misc.default_assign_roles_fn(people)
    assert [person.disp_id for person in people] == ["Agent_0", "Agent_1"]


def test_worlds_of_crowdsourcing_take_one_worker_or_several():
    from parlai.crowdsourcing.utils.worlds import CrowdTaskWorld

    alone, several = CrowdTaskWorld({}, "ann"), CrowdTaskWorld({}, ["ann", "bob"])
    assert (alone.agent, several.mturk_agent, CrowdTaskWorld({}, []).agent) == ("ann", "ann", None)
    assert not several.episode_done()
    several.parley()
    assert several.episode_done()
    assert several.prep_save_data(["ann"]) == {}


def test_a_parser_knows_the_arguments_of_services_and_reads_yes_numbers_and_pictures(capsys):
    from parlai.core.params import ParlaiParser, get_model_name

    parser = ParlaiParser(add_parlai_args=False)
    parser.add_image_args()
    parser.add_websockets_args()
    parser.add_mturk_args()
    parser.add_argument("--shout", type="bool", default=False)
    parser.add_argument("--weights", type="floats")
    parser.add_extra_args([])
    opt = parser.parse_args(["--shout", "no", "--weights", "0.5,2", "--port", "80", "--image-mode", "no_image"])
    assert (opt["shout"], opt["weights"], opt["port"], opt["image_mode"]) == (False, (0.5, 2.0), 80, "no_image")
    assert opt["is_debug"] is False
    parser.print_args()
    assert "port: 80\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        parser.parse_args(["--shout", "perhaps"])
    assert "expected true or false, got 'perhaps'" in capsys.readouterr().err
    assert get_model_name({"model": "mine"}) == get_model_name({"override": {"model": "mine"}}) == "mine"
    assert get_model_name({}) is None
    assert issubclass(ParlaiParser, argparse.ArgumentParser)


def test_agents_tasks_and_teachers_are_found_by_what_an_opt_or_a_name_says(tmp_path):
    from parlai.core.agents import (
        create_agent,
        create_agent_from_opt_file,
        create_task_agent_from_taskname,
        get_agent_module,
    )
    from parlai.core.loader import load_agent_module, load_task_module, register_teacher
    from parlai.core.teachers import FixedDialogTeacher
    from parlai.core.worlds import create_task

    assert get_agent_module("repeat_label") is load_agent_module("repeat_label")
    assert create_agent_from_opt_file({}) is None
    assert create_agent_from_opt_file({"model": "repeat_query"}).getID() == "RepeatQueryAgent"
    with pytest.raises(AgentError, match="expected an agent as module"):
        get_agent_module("internal:mine")
    with pytest.raises(AgentError, match="expected the name of an agent at 'model'"):
        create_agent({"model_file": None})

    @register_teacher("mine")
    class Mine(FixedDialogTeacher):
        def num_episodes(self) -> int:
            return 1

        def num_examples(self) -> int:
            return 1

    assert Mine.__name__ == "Mine"
    with pytest.raises(TaskError, match=r"get\(episode_idx, entry_idx\) is not written"):
        Mine({"datatype": "valid"}).next_example()
    assert load_task_module("squad") is SquadTeacher
    lines = str(tmp_path / "lines.txt")
    Path(lines).write_text("text:hi\tlabels:ho\tepisode_done:True\n", encoding="utf-8")
    opt = {"task": "fromfile", "fromfile_datapath": lines, "datatype": "valid"}
    (teacher,) = create_task_agent_from_taskname(opt)
    assert teacher.act()["text"] == "hi"
    world = create_task(opt, create_agent({"model": "repeat_query"}))
    world.parley()
    assert [act["text"] for act in world.get_acts()] == ["hi", "hi"]
