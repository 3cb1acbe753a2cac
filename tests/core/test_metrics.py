"""Metrics add up, to the last digit, in whatever order they are added."""

import json
import pickle
import random
from fractions import Fraction
from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parleyrun import AverageMetric, FixedMetric, SumMetric, aggregate_named_reports
from parleyrun.core.metrics.bleu import BleuMetric
from parleyrun.core.metrics.metric_json import metric_from_json, metric_to_json
from parleyrun.core.metrics.metrics import MacroAverageMetric, add_reports, values_of
from parleyrun.core.metrics.text_metrics import DistinctMetric, F1Metric
from parleyrun.errors import MetricError

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)

METRICS = st.one_of(
    st.builds(SumMetric, st.floats() | st.integers() | st.fractions()),
    st.builds(AverageMetric, st.floats() | st.fractions(), st.integers(0, 9)),
    st.builds(FixedMetric, st.floats() | st.integers()),
    st.builds(DistinctMetric.compute, st.text("abc ", max_size=30), st.integers(1, 3)),
    st.builds(BleuMetric, *[st.tuples(*[st.integers(0, 9)] * 4)] * 2, st.integers(0, 9), st.integers(0, 9)),
)


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=30), seed=st.integers(), cuts=st.integers(1, 5))
@settings(deadline=None)
def test_a_sum_and_an_average_are_the_same_however_they_are_split_up_and_ordered(numbers, seed, cuts):
    shuffled = numbers.copy()
    random.Random(seed).shuffle(shuffled)
    parts = [shuffled[start::cuts] for start in range(cuts)]
    for kind in (SumMetric, AverageMetric):
        whole = sum((kind(number) for number in numbers[1:]), kind(numbers[0]))
        split = sum(sum(kind(number) for number in part) for part in parts if part)
        assert split.value() == whole.value()
    exact = sum(map(Fraction, numbers))
    assert whole.value() == float(exact / len(numbers))


def test_a_sum_of_whole_numbers_is_a_whole_number():
    value = (SumMetric(2) + SumMetric(3)).value()
    assert value == 5
    assert isinstance(value, int)
    assert SumMetric(0.5).value() == 0.5


def test_an_average_weighs_each_example_the_same():
    assert (AverageMetric(3, 4) + AverageMetric(0, 2)).value() == 0.5


def test_an_average_of_nothing_is_no_number():
    assert isnan(AverageMetric(0, 0).value())
    assert (AverageMetric(0, 0) + AverageMetric(1, 2)).value() == 0.5


def test_what_is_fixed_is_the_same_everywhere_or_an_error():
    assert (FixedMetric(0.1) + FixedMetric(0.1)).value() == 0.1
    with pytest.raises(MetricError, match=r"expected the same value everywhere, .* got 0.1 and 0.2"):
        FixedMetric(0.1) + FixedMetric(0.2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SumMetric(1), AverageMetric(1)),
        (AverageMetric(1), SumMetric(1)),
        (FixedMetric(1), 1),
        (SumMetric(1), "1"),
        (MacroAverageMetric({}), AverageMetric(1)),
    ],
)
def test_metrics_of_different_kinds_are_not_added(one, other):
    with pytest.raises(MetricError, match=f"expected {type(one).__name__}s to be added to each other"):
        one + other


@pytest.mark.parametrize("value", ["many", b"1", None, [1, 2], 1j])
def test_what_is_no_number_cannot_be_measured(value):
    with pytest.raises(MetricError, match="expected a number to measure"):
        SumMetric(value)


@pytest.mark.parametrize("kind", [SumMetric, AverageMetric, FixedMetric])
def test_numbers_of_numpy_are_numbers(kind):
    numpy = pytest.importorskip("numpy")
    for number in (numpy.int64(3), numpy.float32(3.0), numpy.float64(3.0), numpy.array(3), numpy.array([3.0])):
        assert kind(number).value() == 3
    assert kind(numpy.float32(0.1)).value() == float(numpy.float32(0.1))


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_number_that_is_none_spoils_its_own_figure_only(odd):
    report = add_reports(
        {"loss": AverageMetric(0.5), "exs": SumMetric(1)},
        {"loss": AverageMetric(odd), "exs": SumMetric(1)},
        {"loss": AverageMetric(0.5), "exs": SumMetric(1)},
    )
    assert repr(report["loss"].value()) == repr(odd)
    assert report["exs"] == 3
    assert isnan((SumMetric(float("inf")) + SumMetric(float("-inf"))).value())
    assert isnan((FixedMetric(float("nan")) + FixedMetric(float("nan"))).value())


@given(metric=METRICS)
def test_a_metric_goes_into_json_and_back_and_adds_up_as_before(metric):
    back = metric_from_json(json.loads(json.dumps(metric_to_json(metric))))
    assert repr(back.value()) == repr(metric.value())
    assert repr((back + back).value()) == repr((metric + metric).value())


def test_subclasses_go_into_json_as_what_they_are_at_heart_and_others_do_not():
    assert metric_to_json(F1Metric(1, 3)) == {"kind": "average", "numer": 1, "denom": 3}
    with pytest.raises(MetricError, match=r"expected a metric that can be written .* got a MacroAverageMetric"):
        metric_to_json(MacroAverageMetric({}))
    with pytest.raises(MetricError, match="expected a metric as JSON, got"):
        metric_from_json({"kind": "average"})


def test_metrics_are_formatted_and_rounded_as_numbers_are():
    third = AverageMetric(1, 3)
    assert f"{third:.2f} {third}" == "0.33 0.3333"
    assert round(third, 1) == 0.3
    assert f"{SumMetric(1234):,}" == "1,234"
    assert int(SumMetric(3)) == 3


def test_metrics_compare_by_value_with_each_other_and_with_numbers():
    assert AverageMetric(1, 2) == AverageMetric(2, 4) == 0.5
    assert AverageMetric(1, 2) > 0.25
    assert SumMetric(1) < AverageMetric(3, 2)
    assert float(AverageMetric(1, 4)) == 0.25
    assert len({SumMetric(1), SumMetric(1)}) == 1
    assert SumMetric(1) != "1"


@pytest.mark.parametrize(
    "metric",
    [SumMetric(0.1), AverageMetric(1, 3), FixedMetric(2), MacroAverageMetric({"a": SumMetric(1)}), F1Metric(0.5)],
)
def test_metrics_go_to_other_processes_as_they_are(metric):
    assert pickle.loads(pickle.dumps(metric)) == metric
    assert type(pickle.loads(pickle.dumps(metric))) is type(metric)


def test_copies_reports_are_added_name_by_name():
    added = add_reports({"exs": SumMetric(1)}, {"exs": SumMetric(2), "loss": AverageMetric(1, 2)})
    assert values_of(added) == {"exs": 3, "loss": 0.5}
    assert add_reports() == {}


def test_whole_numbers_in_a_report_are_totals_and_others_are_refused():
    assert add_reports({"calls": 9}, {"calls": 9})["calls"] == 18
    with pytest.raises(MetricError, match=r"expected a Metric in a report as 'rate', got 0\.1: say SumMetric"):
        add_reports({"rate": 0.1})
    for odd in ("high", None, True):
        with pytest.raises(MetricError, match="expected a Metric or a whole number in a report as 'rate', got"):
            add_reports({"rate": odd})


def named():
    return {
        "big": {"exs": SumMetric(9), "accuracy": AverageMetric(9, 9), "rate": FixedMetric(1)},
        "small": {
            "exs": SumMetric(1),
            "accuracy": AverageMetric(0, 1),
            "rate": FixedMetric(2),
            "f1": AverageMetric(1),
        },
    }


def test_over_tasks_examples_are_added_and_averages_weigh_tasks_or_examples():
    assert values_of(aggregate_named_reports(named())) == {
        "exs": 10,
        "accuracy": 0.5,
        "f1": 1.0,
        "big/exs": 9,
        "small/exs": 1,
        "big/accuracy": 1.0,
        "small/accuracy": 0.0,
        "macro/accuracy": 0.5,
        "micro/accuracy": 0.9,
        "small/f1": 1.0,
        "macro/f1": 1.0,
        "micro/f1": 1.0,
        "big/rate": 1,
        "small/rate": 2,
    }
    assert aggregate_named_reports(named(), micro_average=True)["accuracy"] == 0.9


def test_a_single_task_s_report_stays_as_it_is():
    assert values_of(aggregate_named_reports({"one": named()["big"]})) == {"exs": 9, "accuracy": 1.0, "rate": 1}


def test_averages_by_task_of_several_copies_are_those_of_all_their_examples():
    copies = [
        aggregate_named_reports({"a": {"hit": AverageMetric(1, 2)}, "b": {"hit": AverageMetric(0, 1)}}),
        aggregate_named_reports({"a": {"hit": AverageMetric(1, 4)}, "b": {"hit": AverageMetric(1, 1)}}),
        aggregate_named_reports({"a": {}, "b": {"hit": AverageMetric(1, 1)}}),
    ]
    added = add_reports(*copies)
    assert added["hit"].value() == (2 / 6 + 2 / 3) / 2
    assert added["micro/hit"].value() == 4 / 9
