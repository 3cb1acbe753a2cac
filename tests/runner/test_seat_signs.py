"""What somebody who sits alone in a world is shown between their words and the answer."""

from runner_table import Echo, Quiet


def kinds(table):
    return [sign[0] for sign in table.signs]


def test_who_sits_alone_is_shown_at_once_that_their_words_were_read(table):
    class Thinks(Quiet):
        def parley(self):
            act = self.agents[0].act()
            if act is not None:
                self.signs_while_thinking = list(table.signs)
                self.agents[0].observe({"text": "an answer"})
                self.done = True

    worlds = []
    table.launch(lambda agents: worlds.append(Thinks(agents)) or worlds[0], "ann")
    table.says("ann", "hello")
    ((kind, who, reference, turns),) = worlds[0].signs_while_thinking
    assert (kind, who, turns) == ("read", "memory:ann", 0)
    assert reference.startswith("memory:ann#")
    assert kinds(table) == ["read"]  # the answer ends it by itself


def test_people_with_partners_are_shown_nothing(table):
    table.launch(Echo, "ann", "bob")
    table.says("ann", "hello")
    table.says("bob", "hello")
    assert table.signs == []


def test_a_world_that_rests_without_an_answer_takes_the_sign_back(table):
    class Listens(Quiet):
        def parley(self):
            self.agents[0].act()

    table.launch(Listens, "ann")
    table.says("ann", "hello")
    assert kinds(table) == ["read", "unanswered"]


def test_so_does_one_that_waits_inside_a_parley_for_more(table):
    class Collects(Quiet):
        def parley(self):
            words = [self.agents[0].act_blocking()["text"] for _ in range(2)]
            self.agents[0].observe({"text": " ".join(words)})

    table.launch(Collects, "ann")
    table.says("ann", "one")
    assert kinds(table) == ["read", "unanswered"]
    table.says("ann", "two")
    assert kinds(table) == ["read", "unanswered", "read"]
    assert table.heard("ann") == ["one two"]


def test_so_does_one_that_ends_and_an_overworld_that_sends_its_person_elsewhere(table):
    class Ends(Quiet):
        def parley(self):
            self.done = self.agents[0].act() is not None

    class Menu(Quiet):
        def parley(self):
            act = self.agents[0].act()
            return act and act["text"]

    table.launch(Ends, "ann")
    table.says("ann", "hello")
    assert kinds(table) == ["read", "unanswered"]
    table.launch_overworld(Menu, "bob", lambda value: None)
    table.says("bob", "chat")
    assert kinds(table)[2:] == ["read", "unanswered"]


def test_a_world_that_says_itself_who_types_is_left_to_it(table):
    class Types(Quiet):
        def parley(self):
            if self.agents[0].act() is not None:
                self.agents[0].typing_on("robot")

    table.launch(Types, "ann")
    table.says("ann", "hello")
    assert kinds(table) == ["read"]
    assert len(table.typed) == 1
