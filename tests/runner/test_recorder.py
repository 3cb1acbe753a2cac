"""What a run puts on record, turn by turn."""

import pickle

from parleyrun.core.message import Message
from parleyrun.runner.habits import Habit
from parleyrun.runner.mailbox import Mailbox
from parleyrun.runner.person import PersonAgent
from parleyrun.runner.recorder import Recorder
from parleyrun.runner.turn import RunIdentity, Said


class Pickles:
    """Snapshots of a world that is a plain value."""

    def world(self, identity, world, agents):
        return pickle.dumps(world)

    def restore(self, snapshot, agents):
        return pickle.loads(snapshot)

    def changed_data(self, agents):
        """Whose data is not what was returned of it before."""
        changed = []
        for agent in agents:
            data = pickle.dumps(agent.kept)
            if data != agent.data_on_record:
                agent.data_on_record = data
                changed.append((agent.id, data))
        return tuple(changed)


def test_data_that_changed_before_the_first_turn_is_on_record_with_it_however_many_parleys_came_between():
    ann = PersonAgent("ann", Mailbox())
    ann.data["given by assign_roles"] = True
    recorder = Recorder(RunIdentity("t_1", "u", "chat", "W"), [ann], Pickles(), None, left_out=print)
    recorder.opened("world", Habit())
    for _ in range(3):
        recorder.parley_begins("world")
        recorder.parley_over()
        recorder.nothing_happened()
    recorder.parley_begins("world")
    turn = recorder.turn([Said("ann", Message("well?"))], "world", between=False)
    assert [(who, pickle.loads(data)) for who, data in turn.data] == [
        ("ann", {"data": {"given by assign_roles": True}, "stored_data": {}})
    ]
    assert pickle.loads(turn.snapshot) == "world"
