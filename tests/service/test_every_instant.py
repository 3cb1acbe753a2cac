"""Killed at each commit of a whole visit, and started again: in the end everybody has seen the same."""

import pytest
from resume_lab import Copies, opened, store_on

VISITS = {
    "worlds that return": (
        "Menu",
        ["ann hi", "ann chat", "bob hi", "bob chat", "ann one", "bob two", "bob bye", "bob EXIT", "ann known",
         "ann Ann", "ann 42", "ann well?"],
    ),
    "worlds that wait inside parley": (
        "BlockingMenu",
        ["ann hi", "ann turns", "bob hi", "bob look", "bob turns", "ann one", "bob two", "ann bye", "bob asked",
         "bob Bob", "bob 42", "bob well?"],
    ),
    "one task after the other": (
        "FreshMenu",
        ["ann hi", "ann onwards", "ann quiz", "ann a", "ann b", "ann c", "ann mended", "ann d", "bob hi",
         "bob echo"],
    ),
}  # fmt: skip


def visit(rehearsal, lines):
    """Have everybody say their lines, but for those that are on record already; return all that they were told.

    Each line has an id of its own; the newest one on record is said again, by somebody who was not told of it.
    """
    people = {name: rehearsal.person(name).arrives() for name in ("ann", "bob")}
    said = sum(line.mine for person in people.values() for line in on_record(rehearsal, person))
    for number in range(max(0, said - 1), len(lines)):
        name, text = lines[number].split(" ", 1)
        assert people[name].says(text, message_id=f"line {number}").duplicate == (number < said)
    return {name: told(rehearsal, person) for name, person in people.items()}


def on_record(rehearsal, person):
    return rehearsal.service.lines_after(person.id, 0)


def told(rehearsal, person):
    return [line.message.text for line in on_record(rehearsal, person) if not line.mine]


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.thorough)])
@pytest.mark.parametrize(("overworld", "lines"), VISITS.values(), ids=VISITS)
def test_a_kill_at_any_commit_changes_nothing_that_people_see(tmp_path, overworld, lines, every):
    path = tmp_path / "record.db"
    copies = Copies(path)
    with opened(store_on(copies, path), overworld=overworld) as rehearsal:
        undisturbed = visit(rehearsal, lines)
        instants = list(copies.taken)
    assert len(instants) > 2 * len(lines)
    for instant in instants[::every]:
        with opened(instant, overworld=overworld) as rehearsal:
            assert visit(rehearsal, lines) == undisturbed, instant.name
