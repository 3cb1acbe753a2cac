"""The words that open the door, a password among them, and overworlds that go on after a visit."""

from types import SimpleNamespace

import pytest
from small_worlds import Echo, Menu, Small, go, opened, pair, session

from parleyrun.archive.archive import Archive
from parleyrun.archive.selection import Selection
from parleyrun.testing import rehearse


class TestFirstMessage:
    def test_it_is_kept_and_so_is_that_of_a_later_visit(self):
        with opened({"echo": Echo}) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("my participant code is 42")
            assert session(rehearsal, ann).stored_data["first_message"] == "my participant code is 42"
            ann.says("EXIT")
            ann.says("here again")
            assert session(rehearsal, ann).stored_data["first_message"] == "here again"


class TestPassword:
    @pytest.mark.parametrize("config", [{"password": "s3cret"}, {"opt": {"password": "s3cret"}}])
    def test_a_first_message_that_is_the_password_lets_in_at_once(self, config):
        with opened({"echo": Echo}, **config) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says(" s3cret ")
            assert ann.place == "overworld"
            assert "first_message" not in session(rehearsal, ann).stored_data

    @pytest.mark.parametrize("config", [{"password": "s3cret"}, {"opt": {"password": "s3cret"}}])
    def test_any_other_first_message_is_kept_and_the_password_asked_for(self, config):
        with opened({"echo": Echo}, **config) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hello")
            assert ann.place == "door"
            ann.says("s3cret")
            assert ann.place == "overworld"
            assert session(rehearsal, ann).stored_data["first_message"] == "hello"

    @pytest.mark.parametrize(("first", "kept"), [("s3cret", []), ("hello", ["hello"])])
    def test_a_password_is_nobodys_line_and_what_came_before_it_is(self, tmp_path, first, kept):
        path = tmp_path / "talk.db"
        config = {"overworld": "Menu", "tasks": {"echo": {"task_world": "Echo"}}, "password": "s3cret"}
        with rehearse(config, SimpleNamespace(Menu=Menu, Echo=Echo), store=path) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says(*dict.fromkeys([first, "s3cret", "echo"]))
            assert ann.place == "task"
        with Archive(path) as archive:
            said = [
                message.text
                for conversation in archive.conversations(Selection(kinds=("overworld", "task")))
                for message in archive.messages(conversation)
                if message.participant_id == ann.id
            ]
        assert said == [*kept, "echo"]


class TestComingBack:
    def test_an_overworld_that_was_done_when_it_chose_is_called_back(self):
        class ChoosesAndIsDone(Menu):
            def parley(self):
                choice = super().parley()
                self.done = choice is not None
                return choice

            def return_overworld(self):
                self.agents[0].observe({"text": "back in the menu"})

            def episode_done(self):
                return self.done or getattr(self, "over", False)

        with opened({"echo": Echo}, overworld=ChoosesAndIsDone) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            ann.says("bye")
            ann.sees("back in the menu")
            assert ann.place == "overworld"
            ann.says("echo")
            assert ann.place == "task"

    def test_a_task_that_cannot_be_built_is_told_in_one_sentence_and_not_tried_on_and_on(self):
        class PassesThrough(Small):
            def parley(self):
                return "broken"

        class Broken(Small):
            @staticmethod
            def generate_world(opt, agents):
                raise ValueError("no such thing")

        with opened({"broken": Broken}, overworld=PassesThrough) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            assert len([line for line in ann.heard if line.startswith("Sorry")]) == 1
            assert ann.place == "gone"

    @pytest.mark.parametrize("broken", ["onboarding", "matching"])
    def test_so_is_what_fails_before_the_task(self, broken):
        class PassesThrough(Small):
            def parley(self):
                return "echo"

        class NoEntry(Small):
            @staticmethod
            def generate_world(opt, agents):
                raise ValueError("no such thing")

        class NoRoles(Echo):
            @staticmethod
            def assign_roles(agents):
                raise ValueError("no roles")

        onboarding = {"task_world": Echo, "onboard_world": NoEntry}
        task = onboarding if broken == "onboarding" else {"task_world": NoRoles}
        with opened({"echo": task}, overworld=PassesThrough) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            assert len(ann.heard) == 1
            assert ann.place == "gone"
            ann.says("again")
            assert len(ann.heard) == 2

    def test_an_unknown_key_is_in_the_log_and_told_once(self, caplog):
        class Lost(Small):
            def parley(self):
                return "nowhere"

        with opened({"echo": Echo}, overworld=Lost) as rehearsal:
            ann = rehearsal.person("ann")
            ann.says("hi")
            assert [line for line in ann.heard if "nowhere" in line] == [
                "Sorry, “nowhere” is not something we can start."
            ]
        assert "Lost.parley() returned 'nowhere' for memory:ann" in caplog.text


class TestReceiptHooks:
    @pytest.mark.parametrize("answer", [None, False])
    def test_a_read_mark_is_told_to_the_module_which_may_keep_it_to_itself(self, answer):
        told = []

        def handle_message_read(event):
            told.append(event)
            return answer

        with opened({"chat": pair()}, hooks={"handle_message_read": handle_message_read}) as rehearsal:
            ann, bob = go(rehearsal, "chat", "ann", "bob")
            ann.says("hello")
            before = len(ann.signals)
            bob.reads()
            assert told == [{"sender": {"id": "memory:bob"}, "read": {"seq": bob.lines[-1].seq}}]
            marks = [signal for signal in ann.signals[before:] if type(signal).__name__ == "ReadMark"]
            assert len(marks) == (0 if answer is False else 1)

    @pytest.mark.parametrize("answer", [None, False])
    def test_a_delivery_is_told_to_the_module_which_may_keep_it_off_the_record(self, answer, monkeypatch):
        told, recorded = [], []

        def confirm_message_delivery(event):
            told.append(event)
            return answer

        with opened({"echo": Echo}, hooks={"confirm_message_delivery": confirm_message_delivery}) as rehearsal:
            (ann,) = go(rehearsal, "echo", "ann")
            told.clear()
            monkeypatch.setattr(
                rehearsal.service._store, "delivered_through", lambda *through: recorded.append(through)
            )
            ann.says("hello")
            seq = ann.lines[-1].seq
            assert told == [{"sender": {"id": "memory:ann"}, "delivery": {"seq": seq}}]
            assert recorded == ([] if answer is False else [("memory:ann", seq)])
