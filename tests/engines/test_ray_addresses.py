"""Where a Ray cluster is: joined by each kind of address, and one sentence where none is there."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ray_heads import started_head
from ray_lab import WORLDS, RayLab, is_there, needs_ray, wait_until

from parleyrun.app.app import App
from parleyrun.app.planning import plan_of
from parleyrun.channels.memory_channel import MemoryChannel
from parleyrun.engines.host_link import HostOffer
from parleyrun.engines.ray import cluster_address
from parleyrun.engines.ray.cluster_address import check_address
from parleyrun.engines.ray.node_choice import NodeChoice
from parleyrun.engines.ray.ray_cluster import explained, initialise
from parleyrun.engines.ray.ray_source import why_not
from parleyrun.errors import EngineError, MissingExtra

CONFIG = """
world_module: rayed_worlds.py
tasks: {{talk: {{task_world: Talk, agents_required: 2}}}}
engine: {{ray: {{address: '{address}', hosts: {hosts}}}}}
"""


@contextmanager
def somebody_who_says(answer: bytes) -> Iterator[int]:
    """Yield the port of somebody who answers this to whoever connects, and is no Ray cluster."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


@pytest.fixture
def nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    return tmp_path


def test_who_is_no_ray_cluster_is_told_from_one_by_the_first_frame(nothing_known: Path) -> None:
    refused = r"at 127.0.0.1:\d+, but what answers there is none: .* \(6379"
    with somebody_who_says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port, pytest.raises(EngineError, match=refused):
        check_address(f"127.0.0.1:{port}")
    with somebody_who_says(b"") as port, pytest.raises(EngineError, match="what answers there is none"):
        check_address(f"127.0.0.1:{port}")
    with somebody_who_says(bytes((0, 0, 6, 4, 0, 0, 0, 0, 0))) as port:
        check_address(f"127.0.0.1:{port}")
    with pytest.raises(EngineError, match=f"127.0.0.1:{port}, but nobody answers there: .*refused"):
        check_address(f"127.0.0.1:{port}")
    check_address("local")
    check_address("auto")  # of whom nothing is known here; Ray looks itself


def test_a_cluster_of_this_machine_that_is_gone_is_not_waited_for(
    nothing_known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nothing_known / "ray").mkdir()
    (nothing_known / "ray/ray_current_cluster").write_text("127.0.0.1:9")
    with pytest.raises(EngineError, match=r"nobody answers at 127.0.0.1:9, where one was: start one, or say"):
        check_address("auto")
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:7")
    with pytest.raises(EngineError, match=r"nobody answers at 127.0.0.1:7"):
        check_address("auto")
    check_address("local")


def test_an_address_of_a_client_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_address, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"engine.ray.address ray://… needs the 'ray' extra"):
        check_address("ray://127.0.0.1:10001")


def test_what_ray_says_is_told_in_one_sentence() -> None:
    refused = explained(ConnectionError("ray client connection timeout"), "ray://there:10001")
    assert "give the port of its client server (10001" in refused
    assert refused.endswith("and its token in RAY_AUTH_TOKEN (ray client connection timeout)")
    assert "did not let us in for 90 s: give the port of its head (6379" in explained(TimeoutError(), "there:6379")
    assert explained(ConnectionError(""), "auto").endswith("got none: start one, or say address: local")
    other = RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.49.2\n  Python: 3.11.7")
    assert explained(other, "auto") == (
        "expected a Ray cluster of this version at auto: Version mismatch: The cluster was started with: "
        "Ray: 2.49.2 Python: 3.11.7"
    )


class Joined:
    """Stands for the module `ray`, whose client server is up at the given try."""

    def __init__(self, at_try: int) -> None:
        self.at_try = at_try
        self.tries: list[str] = []

    def init(self, *, address: str) -> None:
        self.tries.append(address)
        if len(self.tries) < self.at_try:
            raise ConnectionAbortedError("Initialization failure from server:\nTraceback\nit is a zombie")


def test_a_client_server_whose_process_ended_at_once_is_asked_once_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "parleyrun")
    at_once, later, never = Joined(1), Joined(2), Joined(99)
    initialise(at_once, {"address": "ray://there:1"})
    initialise(later, {"address": "ray://there:1"})
    assert (at_once.tries, later.tries) == (["ray://there:1"], ["ray://there:1"] * 2)
    assert [record.getMessage() for record in caplog.records] == [
        "the client server of the Ray cluster is asked once more: it is a zombie"
    ]
    with pytest.raises(ConnectionAbortedError):
        initialise(never, {"address": "ray://there:1"})
    assert len(never.tries) == 2


def test_why_a_host_cannot_be_started_is_the_one_line_that_tells_it() -> None:
    gone = RuntimeError('<_InactiveRpcError of RPC that terminated with:\n\tstatus = X\n\tdetails = "closed"\n>')
    assert why_not("host host-1", gone) == 'host host-1 cannot be started: details = "closed"'
    imports = RuntimeError("The actor died\n  File x\nModuleNotFoundError: No module named 'worlds'")
    assert why_not("host host-1", imports).endswith("ModuleNotFoundError: No module named 'worlds'")
    assert why_not("host host-1", RuntimeError("\n The actor died\n because")).endswith("started: The actor died")
    assert why_not("host host-1", RuntimeError("")).endswith("started: RuntimeError")


def test_a_lost_host_goes_to_another_node_that_has_room_for_it() -> None:
    choice = NodeChoice()
    nodes = [
        {"NodeID": name, "Alive": alive, "Resources": {"CPU": 2.0, **more}}
        for name, alive, more in (("a", True, {}), ("b", True, {"GPU": 1.0}), ("c", True, {}), ("d", False, {}))
    ]
    one, two, three = (HostOffer(name=name, cpus=1) for name in ("one", "two", "three"))
    choice.is_on(one, "a")
    choice.is_on(two, "b")
    choice.is_on(three, "b")
    assert choice.elsewhere(one, nodes) == "c"
    assert choice.elsewhere(two, nodes) == "a"  # where there is more left than on c
    assert choice.elsewhere(three, nodes) in ("a", "c")
    assert choice.elsewhere(HostOffer(name="four", cpus=2, resources={"GPU": 1}), nodes) == "b"
    assert choice.elsewhere(HostOffer(name="five", cpus=3), nodes) is None


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses of a cluster that was started by the command line."""
    with started_head(monkeypatch) as head:
        yield head.addresses


@needs_ray
@pytest.mark.timeout(240)
def test_a_cluster_is_joined_by_each_kind_of_address_and_what_does_not_fit_it_is_refused(
    head: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rayed_worlds.py").write_text(WORLDS)
    study = tmp_path / "study.yml"
    monkeypatch.chdir(tmp_path)
    for address in head:
        study.write_text(CONFIG.format(address=address, hosts=1))
        with RayLab(tmp_path) as lab:
            assert lab.says("ann", "one") in lab.pids()
            assert lab.words("bob") == ["1 one"]
            (pid,) = lab.pids()
            lab.channel.say("ann", "bye")
            wait_until(lambda lab=lab: not sum(lab.runs().values()))
        wait_until(lambda pid=pid: not is_there(pid))
        (tmp_path / "record.db").unlink()
    study.write_text(CONFIG.format(address=head[1], hosts=3))
    with pytest.raises(EngineError, match="expected 3 CPU in the Ray cluster for all hosts and replicas, got 2"):
        app_of(study).start()
    study.write_text(CONFIG.format(address=head[1], hosts=1))
    (tmp_path / "rayed_worlds.py").write_text(
        f"import os\nif os.getpid() != {os.getpid()}:\n    import not_there\n{WORLDS}"
    )
    with pytest.raises(EngineError, match=r"host host-1 cannot be set up: .*not_there") as raised:
        app_of(study).start()
    assert "install 'not_there'" in str(raised.value)


def app_of(study: Path) -> App:
    return App(plan_of(study), store=":memory:", channels=[MemoryChannel()])
