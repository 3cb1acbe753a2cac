"""A project of ParlAI's behind `parleyrun serve`, with people in the frames of ParlAI's own websocket clients."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest
from serve_process import DEADLINE_SECONDS, ServeProcess
from websockets.sync.client import ClientConnection, connect

pytestmark = pytest.mark.process

WORLDS = """
    from parlai.core.worlds import World
    from parlai.core.message import Message
    from parlai.chat_service.services.websocket.agents import WebsocketAgent
    from parlai.chat_service.services.messenger.worlds import OnboardWorld, SimpleMessengerOverworld
    import parlai.utils.logging as logging

    class Overworld(SimpleMessengerOverworld):
        def parley(self):
            self.agent.observe({"id": "Overworld", "text": "Say begin.", "quick_replies": ["begin"]})
            act = self.agent.act_blocking()
            self.episodeDone = act["text"] == "begin"
            return "talk" if self.episodeDone else None

    class Name(OnboardWorld):
        def parley(self):
            self.agent.observe({"id": "Name", "text": "Your name?"})
            self.data = {"name": self.agent.act_blocking()["text"]}
            self.episodeDone = True

    class Talk(World):
        MAX_AGENTS = 2

        def __init__(self, opt, agents: list[WebsocketAgent]):
            self.agents = agents
            self.lines = []
            self.episodeDone = False

        @staticmethod
        def generate_world(opt, agents):
            return Talk(opt, agents)

        @staticmethod
        def assign_roles(agents):
            for agent in agents:
                agent.disp_id = agent.onboard_data["name"]

        def parley(self):
            for agent in self.agents:
                act = agent.act()
                if act is not None:
                    logging.info(act["text"])
                    self.lines.append(Message(act))
                    for other in agent.message_partners:
                        other.observe(Message({**act, "text": f"{act['text']} ({len(self.lines)})"}))
                    self.episodeDone = act["text"] == "[DONE]"

        def episode_done(self):
            return self.episodeDone
"""

CONFIG = """
    tasks:
      talk:
        onboard_world: Name
        task_world: Talk
        agents_required: 2
    task_name: talk
    world_module: parlai.chat_service.tasks.talk.worlds
    overworld: Overworld
    max_workers: 4
    additional_args:
      page_id: not a page
"""


class TheirClient:
    """One connection in ParlAI's frames: `{"text": …}` goes out, and `text` and `quick_replies` come in."""

    def __init__(self, url: str, who: str) -> None:
        self._url = f"{url.replace('http', 'ws', 1)}/websocket?PROLIFIC_PID={who}"
        self.connection: ClientConnection

    def __enter__(self) -> TheirClient:
        self._opening = connect(self._url)
        self.connection = self._opening.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._opening.__exit__(*error)

    def sends(self, text: str) -> None:
        self.connection.send(json.dumps({"text": text}))

    def reads(self, wanted: str) -> str:
        """Wait for a line that holds this text; return what their client prints for it."""
        while True:
            incoming = json.loads(self.connection.recv(timeout=DEADLINE_SECONDS))
            printed = str(incoming["text"])
            replies = incoming.get("quick_replies")
            if replies is not None and len(replies) > 0:
                printed += f" Options: [{'|'.join(replies)}]"
            if wanted in printed:
                return printed


def test_two_people_talk_over_their_own_client_and_go_on_after_kill_9(checkout, tmp_path):
    checkout("parlai/chat_service/tasks/talk/worlds.py", WORLDS)
    checkout("parlai/chat_service/tasks/talk/config.yml", CONFIG)
    serve = ("parlai/chat_service/tasks/talk/config.yml", "--store", "talk.db", "--port", "0")
    with ServeProcess(*serve, folder=tmp_path) as process, ExitStack() as people:
        url = process.ready()
        ann, bob = (people.enter_context(TheirClient(url, name)) for name in ("ann", "bob"))
        for client, name in ((ann, "Ann"), (bob, "Bob")):
            client.sends("hello")
            assert client.reads("Say begin.") == "Say begin. Options: [begin]"
            client.sends("begin")
            client.reads("Your name?")
            client.sends(name)
        bob.sends("one")
        assert ann.reads("one") == "one (1)"
        assert "written for ParlAI" in process.stderr
        assert "parlai.chat_service.services.websocket.agents: WebsocketAgent" in process.stderr
        process.kill()
    with ServeProcess(*serve, folder=tmp_path) as process, ExitStack() as people:
        url = process.ready()
        ann, bob = (people.enter_context(TheirClient(url, name)) for name in ("ann", "bob"))
        ann.sends("two")
        assert bob.reads("two") == "two (2)"
        bob.sends("[DONE]")
        ann.reads("[DONE] (3)")
        ann.reads("Say begin.")
        process.kill()
