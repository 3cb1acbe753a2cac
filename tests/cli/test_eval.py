"""`parleyrun eval`: the figures, the files it writes, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from task_lab import OWN, TaskLab

from parleyrun.tasks.jsonfile import read_conversation

SVG = "{http://www.w3.org/2000/svg}"
SAMPLES = "babi:AllSample,squad:Sample,fromfile:Sample,jsonfile:Sample"


def figures(tasks: TaskLab, *arguments: str) -> dict:
    ran = tasks.run("eval", *arguments, "--report", "figures.json")
    assert ran.code == 0, ran.err
    return json.loads((tasks.folder / "figures.json").read_text())


def test_ir_baseline_has_the_accuracy_that_was_computed_by_hand(tasks: TaskLab) -> None:
    found = figures(tasks, "-t", "babi:Task1k:1", "-m", "ir_baseline", "--datapath", "data")
    assert found["metrics"] == {
        "exs": 4,
        "accuracy": 0.75,
        "f1": 0.75,
        "hits@1": 0.75,
        "hits@5": 1.0,
        "hits@10": 1.0,
        "hits@100": 1.0,
    }
    assert found["opt"] == {"task": "babi:Task1k:1", "model": "ir_baseline", "datatype": "valid", "seed": 0}


def test_the_table_has_a_row_for_each_task_and_two_for_all(tasks: TaskLab) -> None:
    ran = tasks.run("eval", "-t", "babi:Task1k:1,own_tasks:Sums", "-m", "repeat_label", "--datapath", "data")
    assert ran.code == 0
    rows = [row.split("  ") for row in ran.out.splitlines()]
    assert [row[0] for row in rows if row[0].strip("─")] == [
        "task",
        "babi:Task1k:1",
        "own_tasks:Sums",
        "macro average",
        "micro average",
    ]
    assert [row.split()[-3:] for row in ran.out.splitlines()[2:]] == [
        ["4", "1.0000", "1.0000"],
        ["7", "1.0000", "1.0000"],
        ["11", "1.0000", "1.0000"],
        ["11", "1.0000", "1.0000"],
    ]
    assert "11 examples in " in ran.err


def test_tasks_weigh_the_same_in_one_average_and_examples_in_the_other(tasks: TaskLab) -> None:
    found = figures(tasks, "-t", "babi:Task1k:1,babi:Sample:5", "-m", "ir_baseline", "--datapath", "data")
    assert found["tasks"]["babi:Task1k:1"]["accuracy"] == 0.75
    assert found["tasks"]["babi:Sample:5"] == {**found["tasks"]["babi:Sample:5"], "exs": 12, "accuracy": 0.0}
    assert found["macro"]["accuracy"] == 0.375
    assert found["micro"]["accuracy"] == 3 / 16
    assert found["metrics"]["exs"] == 16


@pytest.mark.process
@pytest.mark.parametrize(("agent", "fold"), [("ir_baseline", "valid"), ("random_candidate", "test")])
def test_files_are_the_same_to_the_byte_whatever_the_batchsize_and_the_processes(
    tasks: TaskLab, agent: str, fold: str
) -> None:
    written = set()
    for place, (batchsize, processes) in enumerate([(1, 1), (3, 1), (64, 1), (1, 2), (5, 3)]):
        folder = tasks.folder / str(place)
        folder.mkdir()
        names = ("figures.json", "dialogues.jsonl", "plot.svg")
        report, dialogues, plot = (str(folder / name) for name in names)
        ran = tasks.run(
            *("eval", "-t", SAMPLES, "-m", agent, "--datatype", fold, "--seed", "7"),
            *("--metrics", "accuracy,f1,hits,distinct"),
            *("--batchsize", str(batchsize), "--processes", str(processes)),
            *("--report", report, "--save-dialogues", dialogues, "--plot", plot),
        )
        assert ran.code == 0, ran.err
        written.add(tuple((folder / name).read_bytes() for name in names))
    assert len(written) == 1


def test_chance_begins_with_the_seed(tasks: TaskLab) -> None:
    arguments = ("-t", "squad:Sample,fromfile:Sample", "-m", "random_candidate", "--seed")
    once, again, otherwise = (figures(tasks, *arguments, seed)["tasks"] for seed in ("1", "1", "2"))
    assert once == again
    assert once != otherwise


@pytest.mark.process
@pytest.mark.parametrize(("batchsize", "processes"), [("1", "1"), ("4", "1"), ("2", "2")])
def test_num_examples_are_the_first_of_each_task_however_they_are_shared_out(
    tasks: TaskLab, batchsize: str, processes: str
) -> None:
    found = figures(
        tasks,
        *("-t", "babi:Task1k:1,own_tasks:Sums", "-m", "ir_baseline", "--datapath", "data", "--num-examples", "3"),
        *("--batchsize", batchsize, "--processes", processes, "--save-dialogues", "said.jsonl"),
    )
    assert found["tasks"]["babi:Task1k:1"]["accuracy"] == 1.0  # the wrong one is the fourth
    assert found["metrics"]["exs"] == 6
    lines = (tasks.folder / "said.jsonl").read_text().splitlines()
    asked = [said[0][1] for said in (read_conversation(line, "said") for line in lines)]
    assert asked == [
        "Mary moved to the bathroom.\nJohn went to the hallway.\nWhere is Mary?",
        "Sandra went to the kitchen.\nSandra went back to the kitchen.\nJohn moved to the bathroom.\n"
        "Where is Sandra?",
        "0 + 0?",
        "2 + 2?",
    ]


@pytest.mark.process
def test_ones_own_task_and_agent_are_found_in_the_current_folder(tasks: TaskLab) -> None:
    ran = subprocess.run(
        # As the installed command does it, which does not put the current folder on sys.path.
        [
            *(sys.executable, "-P", "-c", "from parleyrun.cli import main; main()"),
            *("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "--processes", "2"),
        ],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=tasks.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].split() == ["own_tasks:Sums", "7", f"{6 / 7:.4f}", f"{6 / 7:.4f}"]


def test_settings_reach_agent_and_task(tasks: TaskLab) -> None:
    found = figures(tasks, "-t", "own_tasks:Sums", "-m", "fixed_response", "-o", "fixed_response=4")
    assert found["metrics"]["accuracy"] == 1 / 7
    assert found["opt"]["fixed_response"] == 4


def test_saved_dialogues_are_read_back_by_jsonfile(tasks: TaskLab) -> None:
    ran = tasks.run("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Doubler", "--save-dialogues", "said.jsonl")
    assert ran.code == 0, ran.err
    assert tasks.made() == {"said.jsonl", "said.metadata"}
    first = json.loads((tasks.folder / "said.jsonl").read_text().splitlines()[0])
    assert first["metadata_path"] == "said.metadata"
    assert first["dialog"][0] == [
        {
            "id": "own_tasks:Sums",
            "text": "0 + 0?",
            "eval_labels": ["0"],
            "image": "https://example.org/0.png",
            "episode_done": False,
        },
        {"id": "Doubler", "text": "0"},
    ]
    assert json.loads((tasks.folder / "said.metadata").read_text())["speakers"] == ["own_tasks:Sums", "Doubler"]
    # What the agent said is now what is right, so the agent is: the sum it got wrong included.
    again = figures(tasks, "-t", "jsonfile:said.jsonl", "-m", "own_tasks:Doubler")
    assert again["metrics"] == {"exs": 7, "accuracy": 1.0, "f1": 1.0}


def test_an_agent_that_calls_itself_like_the_task_is_told_apart_in_dialogues(tasks: TaskLab) -> None:
    namesake = (
        "class Namesake(Doubler):\n    def act(self):\n        return {**super().act(), 'id': 'own_tasks:Sums'}\n"
    )
    (tasks.folder / "own_tasks.py").write_text(f"{OWN}\n{namesake}")
    ran = tasks.run("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Namesake", "--save-dialogues", "said.jsonl")
    assert ran.code == 0, ran.err
    assert figures(tasks, "-t", "jsonfile:said.jsonl", "-m", "repeat_label")["metrics"]["exs"] == 7


def test_copies_that_choose_their_examples_keep_the_dialogues_in_order(tasks: TaskLab) -> None:
    lines = set()
    for more in ([], ["-o", "dynamic_batching=batchsort", "--batchsize", "3"]):
        ran = tasks.run(
            "eval", "-t", "babi:Sample:2", "-m", "ir_baseline", "--save-dialogues", "said.jsonl", *more
        )
        assert ran.code == 0, ran.err
        lines.add((ran.out, (tasks.folder / "said.jsonl").read_text()))
    assert len(lines) == 1


def test_the_plot_is_valid_xml_that_can_be_read_out(tasks: TaskLab) -> None:
    ran = tasks.run(
        *("eval", "-t", "babi:Task1k:1,own_tasks:Sums", "-m", "ir_baseline", "--datapath", "data"),
        *("--plot", "plot.svg"),
    )
    assert ran.code == 0, ran.err
    root = ElementTree.parse(tasks.folder / "plot.svg").getroot()
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert named == {
        "title": "Accuracy of ir_baseline (valid)",
        "desc": "babi:Task1k:1: 75.0%; own_tasks:Sums: 0.0%",
    }
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert [bar.get("width") for bar in root.iter(f"{SVG}rect")][1:] == ["315.00", "0.00"]


def test_files_that_are_there_are_replaced_whole(tasks: TaskLab) -> None:
    (tasks.folder / "figures.json").write_text("an older one")
    assert figures(tasks, "-t", "own_tasks:Sums", "-m", "repeat_label")["metrics"]["exs"] == 7
    assert tasks.made() == {"figures.json"}


def test_ctrl_c_ends_it_with_one_line_and_leaves_nothing(tasks: TaskLab) -> None:
    ran = tasks.run(
        *("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Interrupted"),
        *("--report", "figures.json", "--save-dialogues", "said.jsonl"),
    )
    assert (ran.code, ran.out, ran.err) == (130, "", "parleyrun: interrupted before it was done\n")
    assert tasks.made() == set()


@pytest.mark.process
@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_agent_that_raises_ends_it_with_its_traceback(tasks: TaskLab, processes: str) -> None:
    ran = tasks.run(
        *("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Broken", "--processes", processes),
        *("--report", "figures.json", "--save-dialogues", "said.jsonl"),
    )
    assert (ran.code, ran.out) == (2, "")
    assert 'raise RuntimeError("no weights")' in ran.err
    assert "click/core.py" not in ran.err
    assert tasks.made() == set()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("-t", "bab", "-m", "ir_baseline"), "got 'bab': did you mean 'babi'?"),
        (
            ("-t", "#Smple", "-m", "ir_baseline"),
            "#bAbI-1k, #bAbI-10k, #Sample, #SQuAD, #YourData), got '#Smple'",
        ),
        (("-t", "babi:Smple:1", "-m", "ir_baseline"), "(Task1k, Task10k, Sample) at 'babi:Smple:1', got 'Smple'"),
        (("-t", "own_tasks:Sum", "-m", "ir_baseline"), "(Sums, Endless) at 'own_tasks:Sum', got 'Sum'"),
        (("-t", "no_tasks:Sums", "-m", "ir_baseline"), "got 'no_tasks:Sums'"),
        (("-t", "babi:Sample:1", "-m", "ir_basline"), "got 'ir_basline': did you mean 'ir_baseline'?"),
        (("-t", "babi:Sample:1", "-m", "own_tasks:Doubl"), "Doubler"),
        (("-t", "fromfile", "-m", "ir_baseline"), "set 'fromfile_datapath', or name it as fromfile:PATH"),
        (("-t", "jsonfile:none.jsonl", "-m", "ir_baseline"), "expected a file at none.jsonl"),
    ],
)
def test_a_name_that_there_is_nothing_of_takes_one_line(
    tasks: TaskLab, arguments: tuple[str, ...], expected: str
) -> None:
    ran = tasks.run("eval", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("parleyrun: ")
    assert ran.err.count("\n") == 1
    assert expected in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--datatype", "train"), "--datatype train has no end"),
        (("--report", "none/figures.json"), "--report: there is no folder none"),
        (("--report", "data"), "--report: data is a folder"),
        (("--report", "a", "--plot", "a"), "--report and --plot would both write to a"),
        (("--report", "a.metadata", "--save-dialogues", "a.jsonl"), "would both write to a.metadata"),
        (("--save-dialogues", "a.metadata"), "expected a name such as a.jsonl"),
        (("--plot", "a.svg", "--metrics", "f1"), "--plot draws the accuracy"),
        (("-o", "batchsize=3"), "'batchsize' has an option of its own, --batchsize"),
        (("-o", "nothing"), "expected KEY=VALUE"),
        (("--batchsize", "0"), "0 is not in the range"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_done(
    tasks: TaskLab, arguments: tuple[str, ...], expected: str
) -> None:
    ran = tasks.run("eval", "-t", "own_tasks:Sums", "-m", "own_tasks:Interrupted", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert expected in ran.err
    assert tasks.made() == set()


def test_num_examples_needs_a_teacher_that_can_be_cut(tasks: TaskLab) -> None:
    ran = tasks.run("eval", "-t", "own_tasks:Endless", "-m", "repeat_label", "--num-examples", "3")
    assert ran.code == 2
    assert "expected a subclass of DialogTeacher at 'own_tasks:Endless'" in ran.err


def test_without_a_network_one_message_says_what_to_fetch_and_where_to_put_it(
    tasks: TaskLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A proxy that nobody listens at: no name is looked up, nothing leaves this machine.
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    ran = tasks.run("eval", "-t", "babi:Task1k:1", "-m", "ir_baseline", "--datapath", "elsewhere")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("parleyrun: the data is not at elsewhere/bAbI/tasks_1-20_v1-2")
    assert "put it at elsewhere/bAbI/babi.tar.gz" in ran.err
    assert ran.err.count("\n") == 1
