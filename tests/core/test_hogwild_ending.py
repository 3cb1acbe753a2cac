"""How the processes of a HogwildWorld end: by themselves, by others, and with their parent."""

import gc
import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path

import pytest
from hogwild_lab import (
    Doomed,
    UnableToEnd,
    UnableToReport,
    Unbuildable,
    in_time_and_nobody_left_behind,
    pair,
    processes,
)
from world_lab import Right, opt, run

from parleyrun import HogwildWorld, WorldError
from parleyrun.core.worlds.hogwild import members as hogwild_member
from parleyrun.core.worlds.hogwild import process

pytestmark = pytest.mark.process

SECONDS = 60.0
HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _in_time_and_nobody_left_behind():
    with in_time_and_nobody_left_behind():
        yield


def hogwild(student=Right, **more):
    options = opt(**{"numthreads": 2, "episodes": [2] * 20, **more})
    return HogwildWorld(options, pair(options, student))


def wait_for_the_end_of(children):
    for child in children:
        child.join(SECONDS)
        assert child.exitcode is not None, f"{child} has not ended"


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


DOOMS = {
    "raise_an_error": r"(?s)process 1 of 2 \(pid \d+\) failed with LookupError: no such word.*in raise_an_error",
    "exit": r"(?s)process 1 of 2 .* failed with SystemExit: 7.*in exit",
    "exit_at_once": r"process 1 of 2 \(pid \d+\) ended by itself with exit code 7",
    "be_killed": r"process 1 of 2 \(pid \d+\) was ended by SIGKILL",
}


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("doom", DOOMS)
def test_a_process_that_fails_is_heard_of_by_whoever_waits_for_it(doom, method):
    with hogwild(Doomed, doom=doom, start_method=method) as world:
        with pytest.raises(WorldError, match=DOOMS[doom]):
            run(world)
        for ask in (world.parley, world.sync, world.report, world.reset, world.get_total_exs):
            with pytest.raises(WorldError, match=DOOMS[doom]):
                ask()


@pytest.mark.parametrize("doom", DOOMS)
def test_a_process_that_fails_is_heard_of_at_the_very_next_parley(doom):
    with hogwild(Doomed, doom=doom, numthreads=1) as world:
        for _ in range(3):
            world.parley()
        wait_for_the_end_of(processes())
        with pytest.raises(WorldError, match=DOOMS[doom].replace("1 of 2", "1 of 1")):
            world.parley()


@pytest.mark.parametrize("idle", [True, False])
def test_a_process_that_somebody_kills_is_heard_of_at_the_very_next_parley(idle):
    with hogwild() as world:
        world.parley()
        if idle:
            world.report()
        victim = processes()[0]
        os.kill(victim.pid, signal.SIGKILL)
        wait_for_the_end_of([victim])
        with pytest.raises(WorldError, match=rf"pid {victim.pid}\) was ended by SIGKILL"):
            world.parley()


def test_a_process_that_cannot_build_its_world_is_heard_of_at_the_first_parley():
    failing = pytest.raises(WorldError, match=r"(?s)failed with LookupError: no weights.*in __init__")
    with hogwild(Unbuildable) as world, failing:
        world.parley()


def test_a_report_that_cannot_be_sent_fails():
    with hogwild(UnableToReport) as world, pytest.raises(WorldError, match=r"(?s)failed with .*lambda"):
        world.report()


def test_a_process_that_fails_in_ending_is_heard_of():
    world = hogwild(UnableToEnd)
    world.parley()
    with pytest.raises(
        WorldError, match=r"(?s)process 1 of 2 .* failed with LookupError: disk is full.*process 2"
    ):
        world.shutdown()
    world.shutdown()


@pytest.mark.parametrize("doom", DOOMS)
def test_a_process_that_fails_and_that_nobody_asked_again_is_heard_of_in_the_end(doom):
    world = hogwild(Doomed, doom=doom, numthreads=1)
    for _ in range(3):
        world.parley()
    wait_for_the_end_of(processes())
    with pytest.raises(WorldError, match=DOOMS[doom].replace("1 of 2", "1 of 1")):
        world.shutdown()


def test_shutdown_leaves_no_process_behind_and_the_world_says_so():
    world = hogwild()
    world.parley()
    pids = [child.pid for child in processes()]
    assert len(pids) == 2
    world.shutdown()
    world.shutdown()
    assert not any(map(is_there, pids))
    assert world.world.agents[1].shut == 1
    with pytest.raises(WorldError, match="HogwildWorld has been shut down"):
        world.parley()
    assert world.get_total_parleys() in (0, 1)


def test_a_process_does_not_do_what_its_parent_does_when_terminated():
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        with hogwild(start_method="fork") as world:
            world.report()
            victim = processes()[0]
            victim.terminate()
            wait_for_the_end_of([victim])
            with pytest.raises(WorldError, match="was ended by SIGTERM"):
                world.parley()
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt])
def test_an_exception_in_the_parent_ends_all_processes(error):
    with pytest.raises(error), hogwild() as world:  # noqa: PT012 - the block is what the exception leaves
        for _ in range(30):
            world.parley()
        pids = [child.pid for child in processes()]
        raise error
    assert not any(map(is_there, pids))


def test_ctrl_c_while_the_parent_waits_ends_all_processes():
    with hogwild(Interrupting) as world:
        world.report()
        pids = [child.pid for child in processes()]
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come at once
            world.parley()
            world.sync()
    assert not any(map(is_there, pids))


class Interrupting(Right):
    """Presses Ctrl-C for the parent, which waits for an answer."""

    def act(self):
        os.kill(os.getppid(), signal.SIGINT)
        return super().act()


def test_a_process_that_does_not_end_is_ended(monkeypatch, caplog):
    monkeypatch.setattr(hogwild_member, "SECONDS_TO_END", 0.1)
    monkeypatch.setattr(hogwild_member, "SECONDS_TO_TERMINATE", 0.1)
    reading, writing = os.pipe()
    with hogwild(Doomed, doom="fall_asleep", descriptor=writing, start_method="fork", numthreads=1) as world:
        for _ in range(10):
            world.parley()
        assert os.read(reading, 100) == b"asleep\n"
        pids = [child.pid for child in processes()]
    os.close(reading)
    os.close(writing)
    assert not any(map(is_there, pids))
    assert "process 1 of 1" in caplog.text
    assert "is terminated" in caplog.text


def test_a_world_that_is_forgotten_takes_its_processes_with_it():
    world = hogwild()
    world.parley()
    children = processes()
    del world
    gc.collect()
    wait_for_the_end_of(children)


def program(method, body):
    """A program of its own with a HogwildWorld, whose processes have its standard output."""
    return f"""
import os, signal, sys
sys.path[:0] = [{str(HERE)!r}, {str(HERE.parents[1])!r}]
from parleyrun import HogwildWorld
from hogwild_lab import Doomed, pair, processes
from world_lab import opt
if __name__ == "__main__":
    options = opt(
        numthreads=3, start_method={method!r}, episodes=[2] * 9, doom="fall_asleep", quiet_interrupt=True
    )
    with HogwildWorld(options, pair(options, Doomed)) as world:
        world.parley()
        world.report()
        print(len(processes()), "processes", flush=True)
        {body}
"""


def run_program(tmp_path, method, body):
    path = tmp_path / "program.py"
    path.write_text(program(method, body))
    with subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout.readline() == "3 processes\n", parent.stderr.read()
        yield parent
        # The processes have the parent's standard output, which so ends when they all have.
        _, errors = parent.communicate(timeout=SECONDS)
        yield errors


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("busy", [False, True])
def test_processes_end_when_their_parent_is_killed_also_one_that_is_busy(tmp_path, method, busy):
    steps = run_program(
        tmp_path, method, "while not world.epoch_done(): world.parley()" if busy else "signal.pause()"
    )
    parent = next(steps)
    if busy:
        assert parent.stdout.readline() == "asleep\n"
    parent.kill()
    assert "Traceback" not in next(steps)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_ctrl_c_in_a_terminal_reaches_every_process_and_is_one_line(tmp_path, method):
    steps = run_program(tmp_path, method, "signal.pause()")
    parent = next(steps)
    os.killpg(parent.pid, signal.SIGINT)
    assert next(steps) == "interrupted\n"
    assert parent.returncode == 130


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_program_that_leaves_its_world_open_ends_all_the_same(tmp_path, method):
    steps = run_program(tmp_path, method, "sys.stdout.flush(); world.__class__.shutdown = lambda self: None")
    parent = next(steps)
    assert next(steps) == ""
    assert parent.returncode == 0


def test_a_process_whose_parent_reads_no_more_ends_in_silence(capfd):
    mine, theirs = Pipe()
    theirs.close()

    class Reports:
        def send(self, report):
            mine.send(report)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_leave_signals_to_the_parent", lambda: None)
        patch.setattr(process, "_end_with_the_parent", lambda lifeline: None)
        line = process.Line(orders=mine, reports=Reports(), lifeline=mine, inherited=None)
        with pytest.raises(SystemExit) as ended:
            process.run_process({"world_class": None}, None, line)
    assert ended.value.code == 1
    assert "Traceback" not in capfd.readouterr().err
