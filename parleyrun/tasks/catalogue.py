"""The tasks that come with parleyrun: what they ask, whose they are, and under which licence their data stands."""

from __future__ import annotations

from ..core.task_names import TaskEntry

_BABI_CITATION = (
    "Weston, Bordes, Chopra, Rush, van Merriënboer, Joulin, Mikolov (2015): Towards AI-Complete Question "
    "Answering: A Set of Prerequisite Toy Tasks. arXiv:1502.05698"
)
_SQUAD_CITATION = (
    "Rajpurkar, Zhang, Lopyrev, Liang (2016): SQuAD: 100,000+ Questions for Machine Comprehension of Text. "
    "EMNLP 2016, arXiv:1606.05250"
)
_OURS = "made for parleyrun, MIT like the rest of it"
_YOURS = "that of your data"


def _twenty(teacher: str) -> tuple[str, ...]:
    return tuple(f"babi:{teacher}:{number}" for number in range(1, 21))


CATALOGUE = (
    TaskEntry(
        "babi:All1k",
        "20 kinds of questions about short stories that are answered with a word, 1,000 to learn from each; "
        "babi:Task1k:1 to babi:Task1k:20 are the single ones",
        ("QA", "bAbI", "bAbI-1k"),
        "CC BY 3.0",
        citation=_BABI_CITATION,
        homepage="https://research.facebook.com/downloads/babi/",
        members=_twenty("Task1k"),
        aliases=("babi",),
    ),
    TaskEntry(
        "babi:All10k",
        "the same with 10,000 questions to learn from each; babi:Task10k:1 to babi:Task10k:20 are the single ones",
        ("bAbI", "bAbI-10k"),
        "CC BY 3.0",
        citation=_BABI_CITATION,
        homepage="https://research.facebook.com/downloads/babi/",
        members=_twenty("Task10k"),
    ),
    TaskEntry(
        "babi:AllSample",
        "20 small tasks in the format of bAbI and after its kinds of questions; babi:Sample:1 to babi:Sample:20",
        ("Sample",),
        _OURS,
        members=_twenty("Sample"),
    ),
    TaskEntry(
        "squad",
        "questions about paragraphs of Wikipedia, answered with words from the paragraph (SQuAD 1.1)",
        ("QA", "SQuAD"),
        "CC BY-SA 4.0",
        citation=_SQUAD_CITATION,
        homepage="https://rajpurkar.github.io/SQuAD-explorer/",
    ),
    TaskEntry("squad:Sample", "a few paragraphs and questions in the format of SQuAD", ("Sample",), _OURS),
    TaskEntry(
        "fromfile",
        "your own dialogues, as lines of name:value fields with tabs between them; fromfile:PATH names the file",
        ("YourData",),
        _YOURS,
        setting="fromfile_datapath",
    ),
    TaskEntry("fromfile:Sample", "short dialogues at a ticket counter, as lines of fields", ("Sample",), _OURS),
    TaskEntry(
        "jsonfile",
        "your own conversations as JSON lines, as 'parleyrun export --format conversations' writes them; "
        "jsonfile:PATH names the file",
        ("YourData",),
        _YOURS,
        setting="jsonfile_datapath",
    ),
    TaskEntry("jsonfile:Sample", "conversations of two people, as parleyrun exports them", ("Sample",), _OURS),
    TaskEntry(
        "hf",
        "a dataset of the Hugging Face hub: hf:NAME or hf:NAME:CONFIGURATION; needs the 'datasets' extra",
        ("YourData",),
        "that of the dataset",
    ),
)
