"""Whether an agent keeps the contract of the world library."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from ..core.agents import Agent
from ..core.metrics.metrics import Metric
from ..core.sharing import create_agent_from_shared
from .contract_faults import ContractFaults

OBSERVATIONS: Sequence[Mapping[str, Any]] = (
    {"id": "task", "text": "Where is the milk?", "labels": ("in the kitchen",), "episode_done": False},
    {
        "id": "task",
        "text": "And Mary?",
        "eval_labels": ("garden", "in the garden"),
        "label_candidates": ("garden", "hall", "kitchen"),
        "episode_done": True,
    },
    {"id": "task", "text": "", "labels": ("",), "episode_done": True},
    {"id": "task", "episode_done": True},
)


def check_agent(
    agent: Callable[[Mapping[str, Any]], Agent],
    opt: Mapping[str, Any] | None = None,
    *,
    observations: Sequence[Mapping[str, Any]] = OBSERVATIONS,
) -> None:
    """Check that an agent keeps the contract of the world library.

    It is shown the observations and asked after each: alone, as a copy, for a batch if it has `batch_act`, and
    as a fork if it has `fork`. Nothing that it is given may be changed.

    Args:
        agent: The agent's class, or what else builds one from `(opt)`.
        opt: The options that it is built with.
        observations: What it is shown, in order.

    Raises:
        AssertionError: It does not; the text lists all that is wrong.
    """
    name = getattr(agent, "__name__", repr(agent))
    faults = ContractFaults(f"{name} breaks the contract of agents")
    checks = _Checks(agent, {} if opt is None else opt, observations, faults)
    for check in (checks.acts, checks.batches, checks.copies, checks.forks, checks.reports):
        faults.run(check)
    faults.raise_if_any()


class _Checks:
    def __init__(
        self,
        build: Callable[[Mapping[str, Any]], Agent],
        opt: Mapping[str, Any],
        observations: Sequence[Mapping[str, Any]],
        faults: ContractFaults,
    ) -> None:
        self._build = build
        self._opt = opt
        self._observations = observations
        self._expect = faults.expect

    def acts(self) -> None:
        """observing and acting"""
        before = deepcopy(dict(self._opt))
        agent = self._build(self._opt)
        self._expect(isinstance(agent.getID(), str) and bool(agent.getID()), "expected getID() to be a name")
        self._is_act(agent.act(), "act() of an agent that has observed nothing")
        self._conversation(agent)
        agent.reset()
        self._conversation(agent)
        agent.shutdown()
        self._expect(dict(self._opt) == before, "expected opt to stay as it was")

    def batches(self) -> None:
        """acting for a batch"""
        agent = self._build(self._opt)
        if not hasattr(agent, "batch_act"):
            return
        copies = [create_agent_from_shared(agent.share()) for _ in self._observations]
        observed = [copy.observe(dict(given)) for copy, given in zip(copies, self._observations, strict=True)]
        given = [observed[0], None, *observed[1:]]
        acts = list(agent.batch_act(given))
        if self._expect(len(acts) == len(given), f"expected {len(given)} acts of batch_act(), got {len(acts)}"):
            for act in (acts[0], *acts[2:]):
                self._is_act(act, "an act of batch_act()", may_be_none=False)
            for copy, act in zip(copies, (acts[0], *acts[2:]), strict=True):
                copy.self_observe(act)
        agent.shutdown()

    def copies(self) -> None:
        """making a copy"""
        agent = self._build(self._opt)
        shared = agent.share()
        self._expect("class" in shared and "opt" in shared, "expected 'class' and 'opt' in what share() returns")
        for copy in (
            create_agent_from_shared(shared),
            create_agent_from_shared(pickle.loads(pickle.dumps(shared))),  # noqa: S301 - our own pickle; other processes get one
            agent.clone(),
        ):
            self._expect(
                type(copy) is type(agent), f"expected a copy to be a {type(agent).__name__}, got {copy!r}"
            )
            self._expect(copy.getID() == agent.getID(), f"expected a copy to have the same name, got {copy!r}")
            self._conversation(copy)
            copy.shutdown()

    def forks(self) -> None:
        """making a fork"""
        agent: Any = self._build(self._opt)
        if not hasattr(agent, "fork"):
            return
        expected = self._answers(self._build(self._opt))
        # One that answers by chance can only be watched, not foretold.
        steady = self._answers(self._build(self._opt)) == expected
        first, *later = self._observations
        agent.observe(dict(first))
        fork = agent.fork()
        self._expect(fork is not agent, "expected fork() to return a copy, got the agent itself")
        self._expect(type(fork) is type(agent), f"expected a fork to be a {type(agent).__name__}, got {fork!r}")
        self._expect(fork.getID() == agent.getID(), f"expected a fork to have the same name, got {fork!r}")
        said = [fork.act(), *self._answers(fork, later)]
        self._conversation(fork)
        self._expect(
            not steady or said == expected, "expected a fork to answer as the agent does that it was made from"
        )
        said = [agent.act(), *self._answers(agent, later)]
        self._expect(
            not steady or said == expected, "expected an agent to know nothing of what its fork was shown or said"
        )
        agent.shutdown()

    def reports(self) -> None:
        """reporting"""
        agent = self._build(self._opt)
        agent.reset_metrics()
        fresh = agent.report()
        self._conversation(agent)
        for name, metric in agent.report().items():
            if self._expect(
                isinstance(metric, Metric), f"expected a Metric at {name!r} of report(), got {metric!r}"
            ):
                self._expect(isinstance(metric + metric, Metric), f"expected {name!r} to be added to its like")
        agent.reset_metrics()
        again = agent.report()
        self._expect(
            fresh.keys() == again.keys(), "expected reset_metrics() to bring report() back to its beginning"
        )

    def _answers(self, agent: Any, observations: Sequence[Mapping[str, Any]] | None = None) -> list[Any]:
        """Return what it says to each."""
        said = []
        for observation in self._observations if observations is None else observations:
            agent.observe(deepcopy(dict(observation)))
            said.append(agent.act())
        return said

    def _conversation(self, agent: Agent) -> None:
        for observation in self._observations:
            given = deepcopy(dict(observation))
            agent.observe(given)
            act = agent.act()
            self._is_act(act, "act()")
            self._expect(given == observation, f"expected the observation to stay as it was, got {given!r:.200}")

    def _is_act(self, act: Any, where: str, *, may_be_none: bool = True) -> None:
        if act is None and may_be_none:
            return
        if self._expect(isinstance(act, Mapping), f"expected a dict from {where}, got {act!r:.80}"):
            text = act.get("text")
            self._expect(text is None or isinstance(text, str), f"expected text in {where}, got {text!r:.80}")
            ranked = act.get("text_candidates", ())
            texts = all(isinstance(candidate, str) for candidate in ranked)
            self._expect(texts, f"expected texts as text_candidates in {where}, got {ranked!r:.80}")
