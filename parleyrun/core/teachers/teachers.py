"""Teachers: agents that ask what a task asks, and score the answers.

`DialogTeacher` is the one to subclass: its `setup_data` yields the examples, and all else is there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from ...errors import TaskError
from ..agents import Agent
from ..message import Act
from ..metrics.metrics import Metric
from ..metrics.scores import Scores
from .datatype import parse_datatype
from .examples import Example, ExampleMaker, Examples, episodes_of
from .orders import EpisodeOrder, Shuffles
from .shards import process_shard, shard_of
from .streams import EpisodeStream

_NOTHING_SAID: Act = {}


class Teacher(Agent):
    """An agent whose `act()` gives the next example and whose `observe()` scores the answer to it.

    `opt['datatype']` (default `train`, see `parse_datatype`) says which examples come and in which order,
    `opt['metrics']` what is counted (see `Scores`).

    Args:
        opt: The options; `task` is its name.
        shared: What `share()` of the teacher gave that this one is a copy of.
    """

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self.id = str(self.opt.get("task") or type(self).__name__)
        self.datatype = parse_datatype(self.opt.get("datatype") or "train")
        self.scores = Scores(self.opt.get("metrics"))
        self._asked: Example | None = None

    @abstractmethod
    def num_examples(self) -> int | None:
        """Return how many examples the task has, over all copies; None where that is not known."""

    @abstractmethod
    def num_episodes(self) -> int | None:
        """Return how many episodes the task has, over all copies; None where that is not known."""

    def observe(self, act: Act | None) -> Act | None:
        """Score an answer to the example that was given last. An example counts once; no answer is a wrong one."""
        asked = self._asked
        if asked is not None:
            self._asked = None
            answers = asked.get(self.datatype.labels_key)
            if answers:
                self.scores.add(act or _NOTHING_SAID, answers)
        return act

    def unanswered(self) -> None:
        """Score the example that was given last as answered wrongly, so that silence is no way to do well."""
        Teacher.observe(self, None)

    def report(self) -> dict[str, Metric]:
        """Return the metrics of all answers since the last `reset_metrics`, by name."""
        return self.scores.report()

    def reset_metrics(self) -> None:
        """Forget all scores."""
        self.scores.clear()

    def reset(self) -> None:
        """Begin anew: the same examples come in the same order as at first. Scores are kept."""
        super().reset()
        self._asked = None


class EpisodeTeacher(Teacher):
    """A teacher whose data is so many episodes, each found by its number.

    Subclasses write `num_episodes`, `num_examples` and `get_episode`; `setup` is where they load their data, or
    take it from the copy they are made from.

    Args:
        opt: The options; `task` is its name.
        shared: What `share()` of the teacher gave that this one is a copy of.
    """

    def __init__(self, opt: Mapping[str, Any] | None = None, shared: Mapping[str, Any] | None = None) -> None:
        super().__init__(opt, shared)
        self.setup(shared)
        self._shuffles: Shuffles | None = None
        if self.datatype.shuffled:
            known = None if shared is None else shared.get("shuffles")
            self._shuffles = known or Shuffles(self.num_episodes() or 0, int(self.opt.get("seed") or 0))
        self._order = self._new_order()
        self._episode: Sequence[Example] = ()
        self._entry = 0
        self._length = 0

    def setup(self, shared: Mapping[str, Any] | None) -> None:
        """Load the data, or take from `shared` what `share()` put there. Called once, by the constructor."""
        return

    @abstractmethod
    def get_episode(self, index: int) -> Sequence[Mapping[str, Any]]:
        """Return the examples of an episode (`text`, `labels`, `label_candidates` …), counted from 0."""

    def act(self) -> Act:
        """Return the next example, to keep or to change.

        Once the epoch is done it is an act without text that asks nothing, and whose answer is not scored.
        """
        entry = self._entry
        episode = self._episode
        if entry == self._length:
            if not self._more():
                self._asked = None
                return {"id": self.id, "episode_done": True}
            episode = self._episode = self._next_episode()
            self._length = len(episode)
            entry = 0
        self._entry = entry + 1
        self._asked = asked = episode[entry]
        return asked.copy()

    def episode_done(self) -> bool:
        """Return whether the example that was given last was the last of its episode."""
        return 0 < self._entry == self._length

    def epoch_done(self) -> bool:
        """Return whether this copy has no example left. Endless datatypes always have one."""
        return self._entry == self._length and not self._more()

    def reset(self) -> None:
        super().reset()
        self._order = self._new_order()
        self._episode = ()
        self._entry = self._length = 0

    def share(self) -> dict[str, Any]:
        shared = super().share()
        shared["shuffles"] = self._shuffles
        return shared

    def _new_order(self) -> EpisodeOrder:
        return EpisodeOrder(
            self.num_episodes() or 0,
            shard_of(self.opt),
            endless=self.datatype.endless,
            shuffles=self._shuffles,
        )

    def _more(self) -> bool:
        return self._order.more()

    def _next_episode(self) -> Sequence[Example]:
        index = self._order.next()
        maker = ExampleMaker(self.id, self.datatype.labels_key, f"{self.id}, episode {index}")
        raw = self.get_episode(index)
        if not raw:
            raise TaskError(f"{self.id}, episode {index}: expected at least one example, got none")
        return [maker.make(example, number, last=number == len(raw)) for number, example in enumerate(raw, 1)]


class DialogTeacher(EpisodeTeacher):
    """A teacher over data that `setup_data` reads, as in:

        class Sums(DialogTeacher):
            def setup_data(self, datafile):
                for line in Path(datafile).read_text("utf-8").splitlines():
                    question, answer = line.split("=")
                    yield {"text": question, "labels": [answer]}, True

    Data is read once, when the first copy is made, and shared by all others; with a `:stream` datatype it is
    read while it is used. Of data with more than `opt['num_examples']` examples, all that come after so many are
    left out, whatever copies there are.

    Args:
        opt: The options; `task` is its name.
        shared: What `share()` of the teacher gave that this one is a copy of.

    Raises:
        TaskError: The data cannot be used; names the example.
    """

    def datafile(self) -> Any:
        """Return what `setup_data` is to read for this datatype, in most tasks a path: `opt['datafile']`."""
        return self.opt.get("datafile")

    def setup_data(self, datafile: Any) -> Iterable[tuple[Mapping[str, Any], bool]]:
        """Yield `(example, whether it begins an episode)`; what keys an example has says `Example`."""
        raise TaskError(f"{type(self).__name__}.setup_data() is not written: it yields the examples")

    def setup(self, shared: Mapping[str, Any] | None) -> None:
        self._examples: Examples | None = None
        self._stream: EpisodeStream | None = None
        if self.datatype.stream:
            self._stream = self._own_stream(None if shared is None else shared.get("stream"))
        elif shared is not None:
            self._examples = shared["examples"]
        else:
            self._examples = Examples(self._read())
            if not len(self._examples):
                raise TaskError(f"{self.id}: expected examples for datatype {self.datatype.fold!r}, got none")

    def num_examples(self) -> int | None:
        return None if self._examples is None else len(self._examples)

    def num_episodes(self) -> int | None:
        return None if self._examples is None else self._examples.episodes

    def get_episode(self, index: int) -> Sequence[Mapping[str, Any]]:
        """Return the examples of an episode. They are shared: copy what you change."""
        if self._examples is None:
            raise TaskError(f"{self.id}: a stream has no numbered episodes")
        return self._examples.episode(index)

    def reset(self) -> None:
        if self._stream is not None:
            self._stream.restart()
        super().reset()

    def epoch_done(self) -> bool:
        # One that gives nothing itself, as its copies read its stream, does not know when they have done.
        stream = self._stream
        lent = stream is not None and stream.given and not self._length and self.opt.get("batchindex") is None
        return not lent and super().epoch_done()

    def share(self) -> dict[str, Any]:
        shared = super().share()
        shared["examples"], shared["stream"] = self._examples, self._stream
        return shared

    def _own_stream(self, shared: EpisodeStream | None) -> EpisodeStream:
        shard = process_shard(self.opt)
        # Copies in a batch take from one stream; any other copy begins at the beginning, as with data held whole.
        in_batch = self.opt.get("batchindex") is not None
        if in_batch and shared is not None and shared.live and shared.shard == shard:
            return shared
        return EpisodeStream(self._read, shard, endless=self.datatype.endless, source=self.id)

    def _read(self) -> Iterator[list[Example]]:
        datafile = self.datafile()
        source = self.id if datafile is None else f"{self.id} ({datafile})"
        maker = ExampleMaker(self.id, self.datatype.labels_key, source)
        return episodes_of(islice(self._pairs(datafile), self._most_examples()), maker)

    def _pairs(self, datafile: Any) -> Iterable[tuple[Mapping[str, Any], bool]]:
        return self.setup_data(datafile)

    def _most_examples(self) -> int | None:
        most = self.opt.get("num_examples")
        if most is None or (isinstance(most, int) and not isinstance(most, bool) and most > 0):
            return most
        raise TaskError(f"expected a number of examples from 1 at 'num_examples' of opt, got {most!r}")

    def _more(self) -> bool:
        return super()._more() if self._stream is None else self._stream.more()

    def _next_episode(self) -> Sequence[Example]:
        if self._examples is not None:
            return self._examples.episode(self._order.next())
        assert self._stream is not None
        return self._stream.next()
