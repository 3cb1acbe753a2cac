"""Operations from another process: the socket beside the store, `parleyrun ctl`, and `parleyrun.Operator`."""

import errno
import json
import os
import socket
import stat
import sys
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "service"))
sys.path.insert(0, str(Path(__file__).parents[1] / "engines"))

from cluster_lab import on_hosts
from operator_lab import CONFIG as STUDY
from operator_lab import WORLDS, go, study
from serve_process import ServeProcess

from parleyrun import Operator, OperatorError
from parleyrun.app.control.control_socket import MOST_CONNECTIONS, ControlSocket, operators_socket
from parleyrun.app.control.socket_place import control_path
from parleyrun.cli import commands
from parleyrun.service.operations.operation_requests import REQUESTS
from parleyrun.service.operations.operation_results import plain
from parleyrun.service.operations.operators import Operators
from parleyrun.service.operations.request_lines import LONGEST_LINE_BYTES
from parleyrun.service.operations.request_values import request_from

ASKED = {
    "overview": {},
    "people": {"search": "ann", "place": "task"},
    "person": {"person": "ann"},
    "conversations": {"task": "talk"},
    "conversation": {"conversation": "talk/t_1", "at_most": 2},
    "pools": {},
    "held": {},
    "acts": {"about": "talk"},
    "tasks": {},
    "models": {},
    "trouble": {"at_most": 3},
    "study": {},
    "hosts": {},
    "alerts": {},
    "alarm": {},
    "message": {"text": "hello", "everybody": True},
    "check": {"text": "cat?", "seconds": 30, "person": "ann", "replies": ["yes", "no"], "answer": "no"},
    "send": {"person": "ann", "to": "out", "outcome": "left"},
    "end": {"conversation": "talk/t_1", "outcome": "finished"},
    "pause": {"task": "chat"},
    "resume": {"task": "talk"},
    "wait": {"task": "talk", "seconds": 300},
    "time": {"task": "talk", "seconds": 90},
    "size": {"task": "talk", "least": 2, "most": 3, "wait": 20},
    "quota": {"condition": "hint", "value": "no", "quota": 10},
    "door": {"state": "drain"},
    "release": {"line": 1, "text": "wait, please"},
    "take": {"conversation": "haggle/t_1", "role": "Seller"},
    "give": {"conversation": "haggle/t_1", "role": "Buyer"},
    "model": {"conversation": "haggle/t_1", "role": "Seller", "model": "other"},
    "swap": {"conversation": "talk/t_1", "role": "Person 1", "model": "other", "hidden": True, "text": "go on"},
    "note": {"person": "ann", "text": "kind"},
    "pair": {"people": ["dan", "eve"]},
    "undo": {"act": 1},
    "drain": {"host": "one"},
    "fill": {"host": "one"},
}
"""What each operation is told here."""

COMMANDS = {
    "people": ["--search", "ann", "--place", "task"],
    "person": ["ann"],
    "conversations": ["--task", "talk"],
    "conversation": ["talk/t_1", "--at-most", "2"],
    "acts": ["--about", "talk"],
    "trouble": ["--at-most", "3"],
    "message": ["hello", "--all"],
    "check": ["cat?", "30", "--person", "ann", "--reply", "yes", "--reply", "no", "--answer", "no"],
    "send": ["ann", "out", "--outcome", "left"],
    "end": ["talk/t_1", "--outcome", "finished"],
    "pause": ["chat"],
    "resume": ["talk"],
    "wait": ["talk", "300"],
    "time": ["talk", "90"],
    "size": ["talk", "2", "3", "--wait", "20"],
    "quota": ["hint", "no", "10"],
    "door": ["drain"],
    "release": ["1", "--text", "wait, please"],
    "take": ["haggle/t_1", "Seller"],
    "give": ["haggle/t_1", "Buyer"],
    "model": ["haggle/t_1", "Seller", "other"],
    "swap": ["talk/t_1", "Person 1", "other", "--hidden", "--text", "go on"],
    "note": ["ann", "kind"],
    "pair": ["dan", "eve"],
    "undo": ["1"],
    "drain": ["one"],
    "fill": ["one"],
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "record.db"


def a_study(path, *, hosted=False, **config):
    """Open a study in which there is something for each operation to do, and its socket; return both."""
    rehearsal = on_hosts({**STUDY, **config}, WORLDS, store=path) if hosted else study(path, **config)
    return rehearsal, ControlSocket(rehearsal.service.operators, control_path(path))


def fill(rehearsal):
    go(rehearsal, "talk", "ann", "bob")
    rehearsal.person("ann").says("wait [hold]")
    rehearsal.service.operators.ask("pause", {"task": "talk"}, by="ada")
    go(rehearsal, "talk", "dan", "eve")
    go(rehearsal, "haggle", "joe")
    rehearsal.service.operators.ask("take", {"conversation": "haggle/t_1", "role": "Buyer"}, by="ada")


def ctl(path, *arguments):
    return CliRunner().invoke(commands, ["ctl", "--store", str(path), "--as", "ada", *arguments])


def by_socket(rehearsal, path, line):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(control_path(path)))
        connection.sendall(line)
        return json.loads(connection.makefile("rb").readline())["result"]


def by_http(rehearsal, _path, line):
    token = rehearsal.app.console.tokens.act
    asked = Request(f"{rehearsal.app.console.url}api", line, {"Authorization": f"Bearer {token}"})
    with urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read())["result"]


def by_python(_rehearsal, path, line):
    return by_method(Operator(path, name="ada"), **json.loads(line))


def by_python_and_http(rehearsal, _path, line):
    console = rehearsal.app.console
    return by_method(Operator(console.url, console.tokens.act, name="ada"), **json.loads(line))


def by_method(operator, verb, values, by):
    return plain(getattr(operator, verb)(**values))


def by_command(_rehearsal, path, line):
    return by_options(json.loads(line)["verb"], "--store", str(path))


def by_command_and_http(rehearsal, _path, line):
    console = rehearsal.app.console
    return by_options(json.loads(line)["verb"], "--url", console.url, "--token-file", console.tokens.kept_in)


def by_options(verb, *where):
    done = CliRunner().invoke(commands, ["ctl", *where, "--as", "ada", verb, *COMMANDS.get(verb, ()), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


WAYS = (by_socket, by_http, by_python, by_python_and_http, by_command, by_command_and_http)
HAS_CONSOLE = {"console": {"port": 0}, "alerts": {"errors_above": 1000}}


OF_HOSTS = {"hosts", "drain", "fill"}
"""What a study with hosts is asked."""

HOSTS_AFTER = {
    "hosts": [("there", 1), ("there", 1)],
    "drain": [("draining", 0), ("there", 2)],
    "fill": [("there", 0), ("there", 2)],
}


class Asked:
    """What reached the service: done the first time, and answered alike after it, as it can be done but once."""

    def __init__(self, monkeypatch):
        self.requests, self.done = [], []
        do = Operators.do

        def once(operators, request, *, by, why=""):
            self.requests.append((request, by, why))
            if not self.done:
                self.done.append(do(operators, request, by=by, why=why))
            return self.done[0]

        monkeypatch.setattr(Operators, "do", once)


@pytest.mark.parametrize("verb", sorted(REQUESTS))
def test_each_operation_is_the_same_by_socket_http_python_and_command(path, monkeypatch, verb):
    line = json.dumps({"verb": verb, "by": "ada", "values": ASKED[verb]}).encode() + b"\n"
    first = sorted(REQUESTS).index(verb) % len(WAYS)  # in which way it is done differs from one to another
    rehearsal, control = a_study(path, hosted=verb in OF_HOSTS, **HAS_CONSOLE)
    with rehearsal, control:
        fill(rehearsal)
        if verb == "fill":
            rehearsal.service.operators.ask("drain", ASKED[verb], by="ada")
            rehearsal.settle()
        asked = Asked(monkeypatch)
        found = [way(rehearsal, path, line) for way in (*WAYS[first:], *WAYS[:first])]
        rehearsal.settle()
        hosts = [(host.state, host.runs) for host in rehearsal.service.hosts()]
    assert hosts == HOSTS_AFTER.get(verb, [])
    assert found == [plain(asked.done[0])] * len(WAYS)
    assert asked.requests == [(request_from(verb, ASKED[verb]), "ada", "")] * len(WAYS)


def test_the_results_of_the_client_are_those_of_the_service(path):
    rehearsal, control = a_study(path)
    with rehearsal, control:
        fill(rehearsal)
        for verb in ("overview", "people", "conversations", "pools", "held", "acts"):
            here = rehearsal.service.operators.ask(verb, {}, by="ada")
            there = getattr(Operator(path), verb)()
            assert type(there) is type(here)
            assert asdict(there) == asdict(here)


def test_only_the_owner_of_the_store_can_open_the_socket_and_it_goes_with_the_service(path):
    rehearsal, control = a_study(path)
    with rehearsal:
        with control:
            assert stat.S_IMODE(control_path(path).stat().st_mode) == 0o600
        assert not control_path(path).exists()
        with pytest.raises(OperatorError, match="there is no service at") as refused:
            Operator(path).overview()
        assert not refused.value.reached
        assert ctl(path, "overview").exit_code == 2


def test_a_socket_that_a_killed_process_left_makes_room_and_a_file_does_not(path, caplog):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(control_path(path)))
    left.close()
    rehearsal, control = a_study(path)
    with rehearsal:
        with control:
            assert Operator(path).overview().door == "open"
        control_path(path).write_text("mine")
        with control:
            assert "expected a socket at" in caplog.text
        assert control_path(path).read_text() == "mine"


def test_the_socket_of_another_service_stays_as_it_is(path, tmp_path, caplog):
    rehearsal, control = a_study(path)
    other, _ = a_study(tmp_path / "other.db")
    with rehearsal, control, other:
        Operator(path).pause()
        with ControlSocket(other.service.operators, control_path(path)):
            assert "another service answers at" in caplog.text
            assert Operator(path).overview().paused == ("*",)
        assert Operator(path).overview().paused == ("*",)


def test_a_connection_that_cannot_be_taken_is_not_the_last_one(path, monkeypatch):
    rehearsal, control = a_study(path)
    accept = socket.socket.accept
    failing = iter([OSError(errno.EMFILE, "Too many open files")])

    def full_once(listening):
        for error in failing:
            raise error
        return accept(listening)

    monkeypatch.setattr(socket.socket, "accept", full_once)
    with rehearsal, control:
        assert Operator(path).overview().door == "open"
    assert next(failing, None) is None


def test_a_store_deep_down_in_folders_can_be_reached(tmp_path):
    folder = tmp_path / ("deep" * 20) / ("down" * 20)
    folder.mkdir(parents=True)
    rehearsal, control = a_study(folder / "record.db")
    with rehearsal, control:
        assert Operator(folder / "record.db").overview().door == "open"


def test_a_record_in_memory_has_no_socket():
    with study() as rehearsal, operators_socket(rehearsal.service.operators, None):
        assert rehearsal.app.store_file is None


HOSTILE = [
    b"\n",
    b"not json\n",
    b"[]\n",
    b"null\n",
    b'"overview"\n',
    b"[" * 5_000 + b"\n",
    b"\xff\xfe\x00\n",
    b'{"verb": ["overview"], "by": "ada"}\n',
    b'{"verb": "overview", "by": {}}\n',
    b'{"verb": "overview", "by": "ada", "values": [1]}\n',
    b'{"verb": "__class__", "by": "ada"}\n',
    b'{"verb": "people", "by": "ada", "values": {"skip": 1e999}}\n',
    b'{"verb": "people", "by": "ada", "values": {"self": 1}}\n',
    b'{"verb": "pause", "by": "ada\\u001b[2J", "values": {}}\n',
    b'{"verb": "pause", "by": "ada", "why": [], "values": {"task": {}}}\n',
    b"x" * (LONGEST_LINE_BYTES + 1),
]


def test_whatever_is_sent_is_refused_in_one_line_and_the_next_one_is_served(path):
    rehearsal, control = a_study(path)
    with rehearsal, control:
        for line in HOSTILE:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(20)
                connection.connect(str(control_path(path)))
                connection.sendall(line)
                answer = json.loads(connection.makefile("rb").readline())
            assert answer["ok"] is False, line[:80]
            assert "\n" not in answer["error"], line[:80]
            assert "Traceback" not in answer["error"], line[:80]
            assert Operator(path).acts().acts == (), line[:80]


def test_too_many_connections_keep_nobody_out_for_longer_than_they_are_there(path):
    rehearsal, control = a_study(path)
    with rehearsal, control:
        many = [socket.socket(socket.AF_UNIX) for _ in range(MOST_CONNECTIONS)]
        for one in many:
            one.connect(str(control_path(path)))
            one.sendall(b'{"verb": "overview", "by": "x"}\n')
            one.makefile("rb").readline()
        with pytest.raises(OperatorError):
            Operator(path).overview()
        for one in many:
            one.close()
        for _ in range(1000):
            try:
                assert Operator(path).overview().door == "open"
                break
            except OperatorError:
                continue
        else:
            pytest.fail("nobody was let in")


def test_what_people_write_commands_no_terminal(path):
    rehearsal, control = a_study(path)
    with rehearsal, control:
        go(rehearsal, "talk", "ann", "bob")
        rehearsal.person("ann").says("\x1b[2J\x07 <b>bold</b> [hold]")
        for arguments in (["conversation", "talk/t_1"], ["held"], ["watch", "talk/t_1", "--count", "1"]):
            for more in ([], ["--json"]):
                shown = ctl(path, *arguments, *more)
                assert shown.exit_code == 0, shown.output
                assert "<b>bold</b>" in shown.stdout
                assert "\x1b" not in shown.stdout
                assert "\x07" not in shown.stdout


def test_what_cannot_be_done_is_told_with_exit_code_1_and_a_wrong_command_line_with_2(path):
    rehearsal, control = a_study(path)
    with rehearsal, control:
        refused = ctl(path, "end", "talk/t_9", "--json")
        assert refused.exit_code == 1
        assert "there is no conversation" in json.loads(refused.stdout)["error"]
        refused = ctl(path, "watch", "talk/t_9", "--json")
        assert refused.exit_code == 1
        assert "there is no conversation" in json.loads(refused.stdout)["error"]
        assert ctl(path, "door", "ajar").exit_code == 2
        assert ctl(path, "explode").exit_code == 2


def test_watch_shows_a_line_when_something_has_changed(path):
    rehearsal, control = a_study(path, **HAS_CONSOLE)
    with rehearsal, control:
        fill(rehearsal)
        shown = ctl(path, "watch", "--count", "3", "--every", "0")
        (line,) = shown.stdout.splitlines()
        console = rehearsal.app.console
        where = ("--url", console.url, "--token-file", console.tokens.kept_in)
        watched = CliRunner().invoke(commands, ["ctl", *where, "watch", "--count", "2", "--every", "0"])
        assert watched.stdout.splitlines()[0].partition("  ")[2] == line.partition("  ")[2]
        assert line.partition("  ")[2] == "task 3, waiting 2  2 conversations  paused talk  1 held"


def test_a_user_without_a_name_is_an_operator_all_the_same(path, monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nobody)
    rehearsal, control = a_study(path)
    with rehearsal, control:
        Operator(path).pause()
        assert Operator(path).acts().acts[0].by == "operator"


def test_every_command_says_what_it_takes_without_a_service():
    for verb in (*REQUESTS, "watch"):
        shown = CliRunner().invoke(commands, ["ctl", verb, "--help"])
        assert shown.exit_code == 0
    assert (
        "How many to leave out at the beginning."
        in CliRunner().invoke(commands, ["ctl", "people", "--help"]).output
    )


def test_the_only_store_of_a_folder_needs_no_name(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    rehearsal, control = a_study(path)
    with rehearsal, control:
        assert json.loads(CliRunner().invoke(commands, ["ctl", "overview", "--json"]).stdout)["door"] == "open"
    assert "expected one store" in CliRunner().invoke(commands, ["ctl", "overview"]).output


CONFIG = """
task_name: study
tasks: {talk: {task_world: "parleyrun.ready:Chat", agents_required: 2}}
"""


@pytest.mark.process
def test_serve_opens_the_socket_and_what_was_done_holds_after_kill_9(tmp_path):
    (tmp_path / "study.yml").write_text(CONFIG)
    store = tmp_path / "study.db"
    arguments = (tmp_path / "study.yml", "--port", "0", "--store", store)
    with ServeProcess(*arguments, folder=tmp_path) as served:
        url = served.ready()
        for guess in (
            "study.db.ctl",
            "ctl",
            "console",
            "operators",
            "..%2fstudy.db.ctl",
        ):
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"{url}/{guess}")
        operator = Operator(store, name="ada")
        operator.pause("talk", why="lunch")
        operator.door("closed")
        served.kill()
    assert control_path(store).exists()
    with ServeProcess(*arguments, folder=tmp_path) as served:
        served.ready()
        found = operator.overview()
        assert (found.door, found.paused) == ("closed", ("talk",))
        assert [(act.by, act.verb, act.why) for act in operator.acts().acts] == [
            ("ada", "door", ""),
            ("ada", "pause", "lunch"),
        ]
        served.interrupt()
        assert served.exit_code() == 0
    assert not os.path.lexists(control_path(store))


@pytest.mark.process
def test_what_was_done_over_http_is_on_record_and_holds_after_kill_9(tmp_path):
    (tmp_path / "study.yml").write_text(CONFIG)
    arguments = (tmp_path / "study.yml", "--port", "0", "--store", tmp_path / "study.db", "--console")
    token = "only-for-this-test-" + "0" * 32
    secret = {"PARLEYRUN_CONSOLE_TOKEN": token}
    with ServeProcess(*arguments, folder=tmp_path, env=secret) as served:
        operator = Operator(served.ready(), token, name="ada")
        operator.pause("talk", why="lunch")
        served.kill()
    with ServeProcess(*arguments, folder=tmp_path, env=secret) as served:
        url = served.ready()
        served.wait_for("console: ")
        operator = Operator(url, token, name="ada")
        assert operator.overview().paused == ("talk",)
        assert [(act.by, act.verb, act.why) for act in operator.acts().acts] == [("ada", "pause", "lunch")]
        served.interrupt()
        assert served.exit_code() == 0
        assert f"console: {url}/console/ (the token is in PARLEYRUN_CONSOLE_TOKEN)" in served.stderr
        assert token not in served.stderr


def test_a_token_goes_to_other_machines_over_https_only_and_along_with_no_redirection(path):
    for url, why in (
        ("http://study.example.org", "over http the token could be read on its way to study.example.org"),
        ("ftp://localhost", "expected an address such as https://study.example.org"),
        ("http://me:pw@localhost", "expected an address such as https://study.example.org"),
        ("http://[::1", "expected an address such as https://study.example.org"),
        ("http://localhost:here", "expected an address such as https://study.example.org"),
    ):
        shown = CliRunner().invoke(
            commands, ["ctl", "--url", url, "overview"], env={"PARLEYRUN_CONSOLE_TOKEN": "x"}
        )
        if not url.startswith("ftp"):
            assert why in shown.stderr
        assert shown.exit_code == 2
    with pytest.raises(
        OperatorError, match="expected the token of the console, got none: set PARLEYRUN_CONSOLE_TOKEN"
    ):
        Operator("http://localhost:1", "")
    with pytest.raises(OperatorError, match="expected an address beside a token"):
        Operator(path, "token")
    with pytest.raises(OperatorError, match="there is no service at http://localhost:9/console/api") as refused:
        Operator("http://localhost:9/console/", "x" * 32).overview()
    assert not refused.value.reached
    asked = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(OperatorError, match="got an answer with status 307"):
            Operator(f"http://127.0.0.1:{server.server_port}", "x" * 32).overview()
        server.shutdown()
    assert asked == ["/console/api"]


def test_with_both_a_store_and_an_address_nobody_is_asked(path):
    both = CliRunner().invoke(commands, ["ctl", "--store", str(path), "--url", "http://localhost:9", "overview"])
    assert (both.exit_code, "got both" in both.stderr) == (2, True)
    alone = CliRunner().invoke(commands, ["ctl", "--token-file", __file__, "overview"])
    assert (alone.exit_code, "--token-file goes with --url" in alone.stderr) == (2, True)


def completed(path, words):
    """Return what a shell is offered behind these words, the last of which has been begun."""
    environment = {
        "_PARLEYRUN_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = CliRunner().invoke(commands, [], prog_name="parleyrun", env=environment)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_shells_complete_verbs_and_what_is_there_in_the_study_that_runs(path):
    rehearsal, control = a_study(path)
    ctl_words = ["parleyrun", "ctl", "--store", str(path)]
    with rehearsal, control:
        fill(rehearsal)
        assert completed(path, [*ctl_words, "pau"]) == ["pause"]
        assert completed(path, [*ctl_words, "pause", "ta"]) == ["talk"]
        assert completed(path, [*ctl_words, "person", "a"]) == ["ann"]
        assert completed(path, [*ctl_words, "pair", "dan", "e"]) == ["eve"]
        assert completed(path, [*ctl_words, "end", "talk/"]) == ["talk/t_1"]
        assert completed(path, [*ctl_words, "take", "haggle/t_1", "S"]) == ["Seller"]
        assert completed(path, [*ctl_words, "model", "haggle/t_1", "Seller", "o"]) == ["other"]
        assert completed(path, [*ctl_words, "message", "hi", "--task", "ch"]) == ["chat"]
        assert completed(path, [*ctl_words, "quota", "h"]) == ["hint"]
        assert completed(path, [*ctl_words, "door", "dr"]) == ["drain"]
    assert completed(path, [*ctl_words, "pause", "ta"]) == []


@pytest.mark.parametrize("shell", [pytest.param("bash", marks=pytest.mark.process), "zsh", "fish"])
def test_completion_prints_what_a_shell_runs(shell):
    done = CliRunner().invoke(commands, ["completion", shell])
    assert done.exit_code == 0
    assert f"_PARLEYRUN_COMPLETE={shell}_complete" in done.stdout
