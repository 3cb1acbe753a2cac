"""What is kept of the link by which somebody came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parleyrun.study.arrival_parameters import MAX_BYTES, MAX_PARAMETERS, MAX_VALUE_CHARACTERS, bounded_parameters


def test_all_parameters_are_kept_whatever_a_panel_calls_them() -> None:
    link = {
        "workerId": "w1",
        "participantId": "p1",
        "prolific_pid": "x",
        "PROLIFIC_PID": "y",
        "a b": "é",
        "empty": "",
    }
    assert bounded_parameters(link) == link


def test_a_long_value_is_cut_and_the_rest_is_kept() -> None:
    kept = bounded_parameters({"ref": "x" * 2_101, "workerId": "w1"})
    assert kept == {"ref": "x" * MAX_VALUE_CHARACTERS, "workerId": "w1"}


def test_what_does_not_fit_is_left_out_and_smaller_ones_after_it_are_kept() -> None:
    link = {f"p{number}": "é" * MAX_VALUE_CHARACTERS for number in range(10)}
    kept = bounded_parameters({"": "no name", "n" * 201: "a long name", **link, "workerId": "w1"})
    assert list(kept) == ["p0", "p1", "p2", "p3", "workerId"]


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_whatever_comes_is_bounded_and_cutting_it_again_changes_nothing(link: dict[str, str]) -> None:
    kept = bounded_parameters({**link, **{str(number): "" for number in range(100)}})
    assert len(kept) <= MAX_PARAMETERS
    assert sum(len(name.encode()) + len(value.encode()) for name, value in kept.items()) <= MAX_BYTES
    assert bounded_parameters(kept) == kept
