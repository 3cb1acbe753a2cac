"""`squad`: questions about paragraphs, answered with words from them (SQuAD 1.1; Rajpurkar and others, 2016).

The file for `test` was never published, so `test` is the same as `valid`: the file for development.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ..core.teachers.examples import Example
from ..core.teachers.teachers import DialogTeacher
from ..errors import DataMissing, TaskError
from .data import Source, provide
from .download import Download, OnProgress
from .files import SAMPLES

_AT = "https://rajpurkar.github.io/SQuAD-explorer/dataset"


class DefaultTeacher(DialogTeacher):
    """Each question is an episode: the paragraph, a new line, the question. All answers of annotators are right.

    `title` names the article, `question_id` the question as the data does.
    """

    # The checksums are those that other readers of these files publish for them.
    TRAIN: ClassVar = Source(
        "SQuAD",
        Download(
            f"{_AT}/train-v1.1.json",
            "train-v1.1.json",
            "3527663986b8295af4f7fcdff1ba1ff3f72d07d61a20f487cb238a6ef92fd955",
            30_288_272,
        ),
        "train-v1.1.json",
    )
    DEV: ClassVar = Source(
        "SQuAD",
        Download(
            f"{_AT}/dev-v1.1.json",
            "dev-v1.1.json",
            "95aa6a52d5d6a735563366753ca50492a658031da74f301ac5238b03966972c9",
            4_854_279,
        ),
        "dev-v1.1.json",
    )

    @classmethod
    def prepare(cls, opt: Mapping[str, Any], on_progress: OnProgress | None = None) -> Path:
        """Fetch the file for this datatype if it is not there, and return its path."""
        training = str(opt.get("datatype") or "train").startswith("train")
        return provide(cls.TRAIN if training else cls.DEV, opt, on_progress)

    def datafile(self) -> Path:
        return self.prepare(self.opt)

    def setup_data(self, datafile: Path) -> Iterator[tuple[Mapping[str, Any], bool]]:
        for example in read_questions(datafile):
            yield example, True


class SampleTeacher(DefaultTeacher):
    """A few paragraphs of our own, which come with the package."""

    @classmethod
    def prepare(cls, opt: Mapping[str, Any], on_progress: OnProgress | None = None) -> Path:
        """Return the path of the file, which is always there."""
        fold = str(opt.get("datatype") or "train").partition(":")[0]
        return SAMPLES / "squad" / f"{fold}.json"


def read_questions(path: Path) -> Iterator[Example]:
    """Yield the questions of a file in SQuAD's format (1.1 or 2.0; what cannot be answered has the answer '')."""
    try:
        contents = json.loads(path.read_text("utf-8"))
        articles = contents["data"]
    except OSError as error:
        raise DataMissing(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise TaskError(f"{path}: expected JSON with articles at 'data', got {error!r:.100}") from error
    for number, article in enumerate(articles):
        try:
            yield from _questions_of(article)
        except (KeyError, TypeError, AttributeError) as error:
            raise TaskError(
                f"{path}, data[{number}]: expected an article as in SQuAD, got {error!r:.100}"
            ) from error


def _questions_of(article: Mapping[str, Any]) -> Iterator[Example]:
    title = article.get("title", "")
    for paragraph in article["paragraphs"]:
        context = paragraph["context"]
        for asked in paragraph["qas"]:
            answers = tuple(dict.fromkeys(answer["text"] for answer in asked["answers"]))
            yield {
                "text": f"{context}\n{asked['question']}",
                "labels": answers or ("",),
                "title": title,
                "question_id": asked.get("id", ""),
            }
