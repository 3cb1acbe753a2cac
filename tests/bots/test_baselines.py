"""The agents to compare a model with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parleyrun.bots.bm25 import Index
from parleyrun.core.create import AGENTS, create_agent
from parleyrun.core.metrics.text_metrics import words_of
from parleyrun.core.sharing import create_agent_from_shared
from parleyrun.errors import AgentError

ROOT = Path(__file__).parents[2]
QUESTION = {
    "text": "Which pet sleeps all day?",
    "labels": ("the cat", "a cat"),
    "label_candidates": ("the dog", "the cat that sleeps", "the fish", "the cat"),
}


def answer(name, observation, **opt):
    agent = create_agent({"model": name, **opt})
    agent.observe(observation)
    return agent.act()


def words(text):
    return dict.fromkeys(words_of(text), 1.0)


BASELINES = ("fixed", "fixed_response", "ir_baseline", "random_candidate", "repeat_label", "repeat_query")


def test_the_names_are_those_of_the_files():
    there = {path.stem for path in (ROOT / "parleyrun" / "bots").rglob("*")}
    assert there >= {*AGENTS.names()} - {"fixed"}
    assert all(create_agent({"model": name}).getID() for name in BASELINES)


@pytest.mark.parametrize("key", ["labels", "eval_labels"])
def test_repeat_label_says_the_first_right_answer(key):
    assert answer("repeat_label", {"text": "?", key: ("one", "two")})["text"] == "one"


def test_repeat_query_says_the_question():
    assert answer("repeat_query", QUESTION)["text"] == QUESTION["text"]


@pytest.mark.parametrize("name", ["fixed", "fixed_response"])
@pytest.mark.parametrize("key", ["text", "fixed_response"])
def test_fixed_says_what_it_was_told(name, key):
    assert answer(name, QUESTION, **{key: "Always."})["text"] == "Always."


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("observation", [None, {}, {"episode_done": True}, {"text": ""}])
def test_everybody_has_an_answer_to_nothing(name, observation):
    agent = create_agent({"model": name})
    if observation is not None:
        agent.observe(observation)
    assert agent.act()["text"] == "I don't know."
    assert agent.batch_act([observation])[0]["text"] == "I don't know."


@pytest.mark.parametrize("name", BASELINES)
def test_one_copy_answers_for_many_as_each_would_for_itself(name):
    questions = [{**QUESTION, "text": f"{QUESTION['text']} {number}"} for number in range(5)]
    agent = create_agent({"model": name, "seed": 4})
    copies = [create_agent_from_shared(agent.share()) for _ in questions]
    observed = [copy.observe(question) for copy, question in zip(copies, questions, strict=True)]
    assert agent.batch_act([*observed, None])[:-1] == [copy.act() for copy in copies]


@given(seed=st.integers(0, 99), text=st.text(max_size=9), count=st.integers(1, 150))
def test_a_guess_depends_on_seed_and_question_alone(seed, text, count):
    question = {"text": text, "label_candidates": tuple(map(str, range(count)))}
    first, second = (answer("random_candidate", question, seed=seed) for _ in range(2))
    assert first == second
    assert first["text"] == first["text_candidates"][0]
    assert len(set(first["text_candidates"])) == min(count, 100)


def test_guesses_are_spread_over_the_candidates():
    candidates = tuple("abcd")
    said = [
        answer("random_candidate", {"text": str(n), "label_candidates": candidates})["text"] for n in range(400)
    ]
    assert all(60 < said.count(candidate) < 140 for candidate in candidates)
    other = [
        answer("random_candidate", {"text": str(n), "label_candidates": candidates}, seed=1)["text"]
        for n in range(400)
    ]
    assert other != said


@pytest.mark.process
def test_guesses_are_the_same_in_every_process():
    program = (
        "import json\nfrom parleyrun.core.create import create_agent\n"
        "agent = create_agent({'model': 'random_candidate', 'seed': 3})\n"
        "questions = [{'text': str(n), 'label_candidates': tuple('abcdef')} for n in range(20)]\n"
        "print(json.dumps([act['text'] for act in agent.batch_act(questions)]))"
    )
    said = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", program],
                env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
        )
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]


def test_bm25_scores_are_those_of_the_formula():
    """Three texts of 1, 2 and 3 words (2 on average), `cat` in two of them.

    idf(cat) = ln(1 + 1.5 / 2.5) = 0.4700, idf(dog) = ln(1 + 2.5 / 1.5) = 0.9808; a word that is there once
    weighs 2.5 / (1 + 1.5 * (0.25 + 0.75 * length / 2)), which is 1.290 for one word and 0.8163 for three.
    """
    index = Index(("cat", "big dog", "cat likes cats"))
    assert {number: round(weight, 3) for number, weight in index._weights["cat"]} == {
        0: round(0.4700 * 1.2903, 3),
        2: round(0.4700 * 0.8163, 3),
    }
    assert [round(weight, 3) for _, weight in index._weights["dog"]] == [round(0.9808 * 1.0, 3)]


def test_ranking_puts_rare_words_and_short_texts_first_and_the_earlier_of_equals():
    texts = ("red cat", "cat", "cat and mouse", "none", "nothing")
    assert Index(texts).rank(words("which cat"), 5) == ["cat", "red cat", "cat and mouse", "none", "nothing"]
    assert Index(("a b", "zebra x", "b c", "b d")).rank(words("b zebra"), 1) == ["zebra x"]
    assert Index(texts).rank({}, 2) == ["red cat", "cat"]


@given(
    st.lists(st.text("ab c", max_size=6), min_size=1, max_size=12), st.text("ab c", max_size=9), st.integers(1, 15)
)
def test_a_ranking_has_each_candidate_once(texts, question, most):
    ranked = Index(texts).rank(words(question), most)
    assert len(ranked) == min(most, len(texts))
    full = Index(texts).rank(words(question), len(texts))
    assert sorted(full) == sorted(texts)
    assert full[: len(ranked)] == ranked


def test_ir_baseline_says_the_candidate_that_fits_best_and_ranks_the_others():
    act = answer("ir_baseline", QUESTION)
    assert act["text"] == "the cat that sleeps"
    assert act["text_candidates"] == ["the cat that sleeps", "the dog", "the fish", "the cat"]


def test_candidates_are_looked_through_once_for_all_copies(monkeypatch):
    made = []
    monkeypatch.setattr("parleyrun.bots.ir_baseline.Index", lambda texts: made.append(texts) or Index(texts))
    agent = create_agent({"model": "ir_baseline"})
    copies = [agent, agent.clone(), agent.clone()]
    for copy in copies * 3:
        copy.observe(QUESTION)
        copy.act()
    assert len(made) == 1
    agent.observe({**QUESTION, "label_candidates": ["a list", "may change"]})
    agent.act(), agent.act()
    assert len(made) == 3


def test_the_cache_of_candidates_does_not_grow_for_ever():
    agent = create_agent({"model": "ir_baseline"})
    for number in range(200):
        agent.observe({"text": f"word {number}", "label_candidates": ("other", f"word {number}")})
        assert agent.act()["text"] == f"word {number}"
    assert len(agent._indexes._kept) <= 64


def test_earlier_texts_count_if_asked_for_until_the_episode_ends():
    candidates = ("barn", "hall")
    agent = create_agent({"model": "ir_baseline", "ir_history": 2})

    def said(text, done=False):
        agent.observe({"text": text, "label_candidates": candidates, "episode_done": done})
        return agent.act()["text"]

    assert said("The hall.") == "hall"
    assert said("Where?") == "hall"
    assert said("The barn and the hall. The barn!") == "barn"
    assert said("Now where?") == "barn"
    assert said("The hall, the hall, the hall.", done=True) == "hall"
    assert said("Somebody else's question, about nothing.") == "barn"  # the first candidate: nothing is remembered
    assert create_agent({"model": "ir_baseline"})._earlier.maxlen == 0


def test_the_last_text_of_an_episode_is_still_part_of_its_question():
    agent = create_agent({"model": "ir_baseline", "ir_history": 1})
    candidates = ("barn", "hall")
    agent.observe({"text": "The hall.", "label_candidates": candidates})
    agent.observe({"text": "Where?", "label_candidates": candidates, "episode_done": True})
    assert agent.act()["text"] == "hall"
    agent.observe({"text": "Where?", "label_candidates": candidates})
    assert agent.act()["text"] == "barn"


def test_a_history_that_is_no_number_is_refused():
    with pytest.raises(
        AgentError, match="expected a number of earlier texts, 0 or more, at 'ir_history', got 'all'"
    ):
        create_agent({"model": "ir_baseline", "ir_history": "all"})


@pytest.mark.parametrize("name", BASELINES)
def test_a_fork_answers_as_its_original_would_and_leaves_it_as_it_was(name):
    agent, alone = (create_agent({"model": name, "ir_history": 2, "seed": 1}) for _ in range(2))
    for each in (agent, alone):
        each.observe({"text": "The hall.", "label_candidates": ("barn", "hall")})
    fork = agent.fork()
    fork.observe({"text": "The barn, the barn, the barn.", "label_candidates": ("barn", "hall")})
    assert fork.act()
    for each in (agent, alone):
        each.observe({"text": "Where?", "label_candidates": ("barn", "hall")})
    assert agent.act() == alone.act()
