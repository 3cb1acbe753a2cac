"""The parts of which an engine with hosts is made, each by itself."""

from __future__ import annotations

import logging
import pickle
import sys
import tempfile
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parleyrun.app.hosting.host_stage import HostStage
from parleyrun.app.planning import plan_of
from parleyrun.config.engine.engine_settings import RayConfig
from parleyrun.config.plan import config_from_mapping, load_config, make_plan
from parleyrun.engines.host.asked_replicas import AskedReplicas
from parleyrun.engines.host.host_folder import HOSTS_PREFIX, make_own_folder, remove_dead_folders
from parleyrun.engines.host.host_setup import host_facts
from parleyrun.engines.host.outbox import TICK_SECONDS, Outbox
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.host_orders import (
    BeatReport,
    DropOrder,
    EndReport,
    HostLoad,
    MailOrder,
    TurnReport,
    packed,
    unpacked,
)
from parleyrun.engines.persons_data import take_changes
from parleyrun.engines.placement import HostStanding, best_host
from parleyrun.engines.ray.ray_source import SKEW_SECONDS, RaySource, check_facts
from parleyrun.engines.ray.report_flow import BATCHES_A_STREAM, MOST_AHEAD, ReportFlow
from parleyrun.engines.ray.study_files import study_files
from parleyrun.engines.runs_connection import RunsConnection
from parleyrun.errors import ConfigError, EngineError
from parleyrun.runner.turn import Outcome, RunIdentity, Turn
from parleyrun.testing.virtual_timers import VirtualTimers

RUN = RunIdentity("t_1", "uid", "chat", "World")


def standing(name: str, **more: Any) -> HostStanding:
    resources = more.pop("resources", {})
    return HostStanding(offer=HostOffer(name=name, cpus=more.pop("cpus", 1), resources=resources), **more)


def test_a_run_goes_to_the_host_with_the_least_to_do_for_what_it_has() -> None:
    hosts = [standing("a", runs=4), standing("b", runs=6, cpus=2), standing("c", runs=0, takes=False)]
    assert best_host(hosts, {}) == "b"
    assert best_host([standing("a", runs=4), standing("b", runs=0, ready=1)], {}) == "a"
    assert best_host([standing("b"), standing("a")], {}) == "a"
    assert best_host([standing("a"), standing("b", runs=9, resources={"GPU": 2})], {"GPU": 1}) == "b"
    assert best_host([standing("a", cpus=2)], {"CPU": 4}) is None


def test_what_two_have_changed_of_one_persons_data_is_put_together() -> None:
    before = pickle.dumps({"data": {"a": 1, "b": 2}, "stored_data": {"entry": "x"}}, pickle.HIGHEST_PROTOCOL)
    after = pickle.dumps({"data": {"a": 5, "c": 3}, "stored_data": {"entry": "x"}}, pickle.HIGHEST_PROTOCOL)
    untouched = pickle.loads(before)
    data = untouched["data"]
    assert take_changes(untouched, before, after) == after
    assert untouched["data"] is data
    assert untouched == pickle.loads(after)
    changed_here = {"data": {"a": 1, "b": 2, "d": 4}, "stored_data": {"entry": "y"}}
    kept = take_changes(changed_here, before, after)
    assert changed_here == pickle.loads(kept) == {"data": {"a": 5, "c": 3, "d": 4}, "stored_data": {"entry": "y"}}


def test_what_of_an_outcome_cannot_travel_is_left_out_and_all_else_arrives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome = Outcome("finished", "over", data=lambda: None)
    turn = TurnReport(Turn(RUN, 3, outcome=outcome))
    found = unpacked(packed([BeatReport(1, HostLoad()), turn, EndReport(uid="uid", epoch=1, outcome=outcome)]))
    assert [type(each) for each in found] == [BeatReport, TurnReport, EndReport]
    assert (found[1].turn.number, found[1].turn.outcome, found[2].outcome.data) == (
        3,
        Outcome("finished", "over"),
        None,
    )
    assert "the data of run chat/t_1 (World) is not recorded" in caplog.text


def test_a_full_outbox_has_whoever_reports_wait_but_not_who_says_that_the_host_is_there() -> None:
    outbox = Outbox(most=2)
    beat = BeatReport(1, HostLoad())
    outbox.put(beat)
    outbox.put(beat)
    outbox.put(beat, waits=False)
    waiting = threading.Thread(target=outbox.put, args=(TurnReport(Turn(RUN, 1)),), daemon=True)
    waiting.start()
    assert len(outbox) == 3
    assert len(outbox.take(0)) == 3
    waiting.join(10)
    assert [type(each) for each in outbox.take(5)] == [TurnReport]
    assert list(outbox.take(0)) == []


def test_the_next_batch_waits_for_what_executes_unless_the_last_one_was_long_ago() -> None:
    outbox, beat, waited = Outbox(), BeatReport(1, HostLoad()), []

    def at_rest(seconds: float) -> None:
        waited.append(seconds)
        outbox.put(beat)  # as who executes may

    outbox.put(beat)
    assert len(outbox.take(0, at_rest)) == 1
    assert waited == []
    outbox.put(beat)
    assert len(outbox.take(0, at_rest)) == 2
    assert len(waited) == 1
    assert 0 < waited[0] <= TICK_SECONDS
    assert list(outbox.take(0, at_rest)) == []


def test_a_host_reports_ahead_of_who_takes_it_by_some_batches_only() -> None:
    class Reports:
        given = 0

        def take(self, batch: bytes) -> None:
            raise AssertionError

        def give(self, seconds: float) -> bytes:
            self.given += 1
            return (
                b"" if self.given % 2 else b"%d" % self.given
            )  # nothing came within that time, and then something

        def close(self) -> None:
            raise AssertionError

    flow = ReportFlow(Reports())
    stream = flow.batches()
    assert [next(stream) for _ in range(MOST_AHEAD)] == [
        b"%d" % (2 * number) for number in range(1, MOST_AHEAD + 1)
    ]
    further: list[bytes] = []
    waiting = threading.Thread(target=lambda: further.append(next(stream)), daemon=True)
    waiting.start()
    flow.taken(0)
    assert waiting.is_alive()
    flow.taken(1)
    waiting.join(10)
    assert further == [b"%d" % (2 * (MOST_AHEAD + 1))]
    flow.taken(BATCHES_A_STREAM)
    assert sum(1 for _ in stream) == BATCHES_A_STREAM - MOST_AHEAD - 1


@pytest.mark.parametrize(
    ("other", "ahead", "said"),
    [
        ({"parleyrun": "0.0.1"}, 0.0, "expected parleyrun .* on host h, as here, got 0.0.1"),
        ({"python": "3.9.1"}, 0.0, "expected Python .* got 3.9.1"),
        ({"engine": "2.1"}, 0.0, "expected Ray 2.60 on host h, as here, got 2.1"),
        ({}, 61.0, r"the clock of host h \(.*\) is 61 s ahead of the one here"),
        ({}, -2 * SKEW_SECONDS, "is 20 s behind the one here"),
    ],
)
def test_a_host_that_does_not_fit_is_refused_in_one_sentence(
    other: dict[str, str], ahead: float, said: str
) -> None:
    ours = host_facts("2.60")
    check_facts("h", ours, 1.0, "2.60")
    facts = type(ours)(**{name: other.get(name, getattr(ours, name)) for name in ours.__slots__})
    with pytest.raises(EngineError, match=said) as raised:
        check_facts("h", facts, ahead, "2.60")
    assert "\n" not in str(raised.value)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "travelling"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "travelling_worlds.py").write_text(
        "import travelling_helper\nfrom parleyrun import World\nclass Talk(World):\n"
        "    def parley(self): pass\n    def episode_done(self): return True\n"
    )
    (folder / "travelling_helper.py").write_text("ONE = 1\n")
    (folder / "unused.py").write_text("SECRET = 1\n")
    (folder / "study.db").write_text("a record")
    (folder / ".env").write_text("KEY=secret")
    (folder / "seller.md").write_text("You sell.")
    (folder / "words.txt").write_text("words")
    (folder / "study.yml").write_text(
        "world_module: travelling_worlds.py\npassword: sesame\nstore: {path: study.db}\n"
        "models: {seller: {model: chat_completions, base_url: 'http://127.0.0.1:1', name: m, system: seller.md}}\n"
        "tasks: {talk: {task_world: Talk, bots: {Seller: seller}}}\n"
        "engine: {ray: {files: [words.txt]}}\n"
    )
    monkeypatch.chdir(folder)
    return folder


def test_only_what_is_named_or_imported_travels_to_hosts(project: Path) -> None:
    travels = study_files(plan_of(project / "study.yml"))
    assert [name for name, _ in travels.files] == [
        "travelling/seller.md",
        "travelling/travelling_worlds.py",
        "travelling/words.txt",
        "travelling_helper.py",
    ]
    config = travels.config
    assert (config.password, config.store.path, config.engine, str(config.path)) == (
        None, None, None, "travelling/study.yml",
    )  # fmt: skip
    assert set(config.tasks) == {"talk"}
    assert b"sesame" not in pickle.dumps(travels)
    plan = plan_of(project / "study.yml")
    (project / "travelling_helper.py").unlink()  # since it was imported
    assert "travelling_helper.py" not in [name for name, _ in study_files(plan).files]
    (project / "words.txt").unlink()
    with pytest.raises(EngineError, match=r"expected a file at .*words.txt, which engine.ray.files names"):
        study_files(plan)


def test_a_folder_that_is_called_like_another_module_is_called_on_hosts_as_here(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "json" in sys.modules
    named_so = project.parent / "json"
    project.rename(named_so)
    monkeypatch.chdir(named_so)
    travels = study_files(plan_of(named_so / "study.yml"))
    assert str(travels.config.path) == "json_worlds/study.yml"
    assert "json_worlds/travelling_worlds.py" in [name for name, _ in travels.files]


def test_worlds_that_stand_in_no_file_do_not_travel() -> None:
    worlds = SimpleNamespace(Talk=type("Talk", (), {"parley": None, "episode_done": None}))
    config = config_from_mapping({"world_module": "worlds", "tasks": {"talk": {}}, "engine": "ray"})
    plan = SimpleNamespace(config=config, module=worlds)
    with pytest.raises(EngineError, match="expected a world_module that hosts can import"):
        study_files(plan)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("engine: {ray: {hosts: 0}}", "expected at least one host"),
        ("engine: fast", "expected threads, or a mapping with ray, got 'fast'"),
        ("engine: {ray: {hots: 2}}", "did you mean 'hosts'?"),
        ("engine: {ray: {address: somewhere}}", "expected 'local', 'auto' or an address"),
        ("engine: {ray: {files: [../secret]}}", "expected a path below the config's folder"),
        ("engine: {ray: {groups: {host: {}}}}", "other than 'host'"),
        ("engine: threads\ntasks: {talk: {resources: {GPU: 1}}}", "as task 'talk' asks for GPU: 1, got threads"),
        ("engine: ray\ntasks: {talk: {resources: {GPU: 1}}}", "expected a host with GPU: 1 for task 'talk'"),
        ("engine: ray\ntasks: {talk: {resources: {GPU: many}}}", "expected a number"),
    ],
)
def test_what_is_wrong_about_an_engine_is_said(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "study.yml"
    path.write_text(written if "tasks" in written else f"{written}\ntasks: {{talk: {{}}}}")
    with pytest.raises(ConfigError) as raised:
        load_config(path)
    assert said in str(raised.value)


def test_an_engine_is_threads_unless_it_is_said(tmp_path: Path) -> None:
    def engine(written: str) -> Any:
        path = tmp_path / "study.yml"
        path.write_text(f"{written}\ntasks: {{talk: {{}}}}")
        return load_config(path).engine

    assert engine("") is engine("engine: threads") is None
    ray = engine("engine: {ray: {hosts: 1, groups: {strong: {hosts: 2, resources: {GPU: 1}}}, lost_after: 3}}")
    assert {name: group.hosts for name, group in ray.all_groups.items()} == {"host": 1, "strong": 2}
    assert (engine("engine: ray").hosts, ray.lost_after) == (2, 3.0)


def test_what_a_host_logs_is_reported() -> None:
    from parleyrun.engines.host.host_runs import HostRuns

    config = config_from_mapping(
        {"world_module": "worlds", "tasks": {"talk": {"task_world": "parleyrun.ready:Chat"}}}
    )
    runs = HostRuns(make_plan(config, SimpleNamespace()), VirtualTimers(), None, AskedReplicas({}))
    try:
        runs.log_handler.handle(logging.makeLogRecord({"name": "a", "levelno": logging.ERROR, "msg": "broken"}))
        (report,) = unpacked(runs.give(0))
    finally:
        runs.close()
    assert (report.level, report.logger, report.text) == (logging.ERROR, "a", "broken")


def test_a_host_without_a_given_clock_has_one_of_its_own_until_it_is_closed() -> None:
    def clocks() -> list[str]:
        return [each.name for each in threading.enumerate() if each.name == "parleyrun-timers"]

    set_up: list[Any] = []
    worlds = SimpleNamespace(module_initialize=lambda opt, service: set_up.append(service))
    written = {
        "world_module": "worlds",
        "tasks": {"talk": {"task_world": "parleyrun.ready:Chat", "bots": {"Bot": "fixed"}}},
        "models": {"fixed": {"model": "fixed", "text": "Hi."}},
    }
    before, told = clocks(), list[object]()
    stage = HostStage(make_plan(config_from_mapping(written), worlds)).open(told.append)
    assert (len(clocks()), len(told)) == (len(before) + 1, 1)
    assert [service.bot("fixed", role="Bot").act_blocking()["text"] for service in set_up] == ["Hi."]
    for _ in range(2):
        stage.close()
    assert clocks() == before


def test_a_dead_hosts_folder_is_removed_and_a_living_ones_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, theirs = tmp_path / "parleyrun-host-dead", tmp_path / "theirs"
    for folder in (dead, theirs):
        folder.mkdir()
        (folder / "worlds.py").touch()
    (tmp_path / "parleyrun-host-link").symlink_to(theirs)
    living = make_own_folder(HOSTS_PREFIX)
    assert not dead.exists()
    assert remove_dead_folders(HOSTS_PREFIX) == 0
    assert living.is_dir()
    assert (theirs / "worlds.py").is_file()


def test_a_folder_that_others_take_for_a_dead_ones_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def make_and_lose_the_first(**given: Any) -> str:
        made.append(make(**given))
        if len(made) == 1:
            assert remove_dead_folders(HOSTS_PREFIX, str(tmp_path)) == 1  # before it is locked
        return made[-1]

    monkeypatch.setattr("tempfile.mkdtemp", make_and_lose_the_first)
    folder = make_own_folder(HOSTS_PREFIX, str(tmp_path))
    assert folder.is_dir()
    assert (str(folder), len(made)) == (made[1], 2)


def test_where_one_host_cannot_be_set_up_those_that_are_there_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []

    def link(_source: RaySource, name: str) -> Any:
        if name == "host-2":
            raise EngineError("host host-2 cannot be set up")
        return SimpleNamespace(end=lambda: ended.append(name))

    monkeypatch.setattr(RaySource, "_check_resources", lambda _source: None)
    monkeypatch.setattr(RaySource, "_begin", lambda _source, offer: offer.name)
    monkeypatch.setattr(RaySource, "_set_up", lambda _source, name: name)
    monkeypatch.setattr(RaySource, "_link", link)
    cluster: Any = SimpleNamespace(join=lambda: None, leave=lambda: ended.append("cluster"))
    setup: Any = dict
    with pytest.raises(EngineError, match="host-2"):
        RaySource(RayConfig(), "study", setup, cluster).open()
    assert ended == ["host-1", "cluster"]


def test_the_mail_of_a_run_that_comes_back_to_its_host_is_behind_the_order_to_go_on_with_it() -> None:
    link: Any = SimpleNamespace(offer=HostOffer(name="one"))
    host = RunsConnection(link, VirtualTimers().clock, lambda *_: None, lambda *_: None)
    run: Any = SimpleNamespace(
        identity=SimpleNamespace(uid="u"), lock=threading.Lock(), host=host, epoch=1, begun=1
    )
    mail = ["hello"]
    run.unsent = lambda _seat: [mail.pop()] if mail else []
    host.mail_came(run, 0)
    run.epoch = 2  # it was let go of, and comes back before that mail has gone out
    go_on: Any = DropOrder("u", 1)  # whatever is told first
    host.put(go_on)
    run.begun = 2
    for _ in range(2):
        host.mail_came(run, 0)
    assert host._next_batch() == [go_on, MailOrder("u", 0, ("hello",))]
