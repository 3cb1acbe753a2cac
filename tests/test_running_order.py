"""The order of the tests: each worker begins with its share of what takes long, and ends with short ones."""

from __future__ import annotations

from running_order import dealt_out, seconds_of


def test_a_file_takes_as_long_as_its_tests_that_start_something():
    assert seconds_of("tests/test_some.py", [set(), {"process"}, {"parametrize"}, {"browser", "process"}]) == 1.6
    assert seconds_of("tests/test_some.py", [set(), set()]) == 0
    assert seconds_of("tests/test_tutorial.py", [{"process"}]) == 12


def test_every_worker_begins_with_long_files_and_ends_with_short_ones():
    short = [(0.0, ["a1", "a2", "a3"]), (0.0, ["e1", "e2"])]
    files = [*short, (2.0, ["b1", "b2"]), (9.0, ["c1"]), (3.0, ["d1", "d2"])]
    order = dealt_out(files, 2)
    assert order == ["c1", "a1", "a2", "a3", "e1", "d1", "d2", "b1", "b2", "e2"]
    assert sorted(order) == sorted(test for _, tests in files for test in tests)


def test_one_worker_begins_with_the_longest_and_keeps_the_rest_as_it_was():
    files = [(0.0, ["a"]), (2.0, ["b"]), (3.0, ["c"]), (0.0, ["d"])]
    assert dealt_out(files, 1) == ["c", "b", "a", "d"]


def test_where_one_file_is_most_of_all_tests_none_is_left_out():
    files = [(1.0, ["a", "b", "c", "d", "e"]), (0.0, ["f"]), (1.0, ["g"])]
    assert dealt_out(files, 3) == ["a", "b", "c", "d", "e", "g", "f"]
