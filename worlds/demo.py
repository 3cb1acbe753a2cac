"""The demo: a menu and four tasks, each of which shows one more thing that a world can do.

A world needs two methods. `parley()` takes one step: `agent.act()` returns what a person said (None if they
said nothing), `agent.observe({...})` shows them something. `episode_done()` says when it is over. `parley()`
is called again whenever there is something to do, so that a world never has to sleep.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from parleyrun import Act, Candidate, Seat, World


class DemoWorld(World):
    """What the worlds of this module share: each is over once it has set `self.done`."""

    done = False
    started = False

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        self.agent = self.agents[0]

    def episode_done(self) -> bool:
        return self.done


def wants_to_stop(act: Act) -> bool:
    """Return True if somebody says that they are done, or (`episode_done`) has left."""
    return bool(act["episode_done"]) or act["text"].strip().upper() in ("[DONE]", "DONE", "BYE")


class DemoOverworld(DemoWorld):
    """Where people arrive and come back to. Returning a task's key from `parley()` sends them there."""

    TASKS = {
        "echo": "I repeat what you say",
        "interview": "I ask you a few questions",
        "chat": "you talk with one other person",
        "group": "three of you talk: two novices and an expert",
    }
    greeting = "Welcome to the demo!"

    def return_overworld(self) -> None:
        self.greeting = "Welcome back!"

    def parley(self) -> str | None:
        if self.greeting:
            self.show_menu(self.greeting)
            self.greeting = ""
        act = self.agent.act()
        if act is None:
            return None
        choice: str = act["text"].strip().lower()
        if choice in self.TASKS:
            return choice
        if choice == "exit" or act["episode_done"]:
            self.done = True
            return "EXIT"
        self.show_menu("Sorry, that is not on the menu.")
        return None

    def show_menu(self, first_line: str) -> None:
        lines = [first_line, "What would you like to do?"]
        lines += [f"{key}: {what}" for key, what in self.TASKS.items()]
        self.agent.observe({"id": "Guide", "text": "\n".join(lines), "quick_replies": [*self.TASKS, "EXIT"]})


class EchoTaskWorld(DemoWorld):
    """One person, and the smallest task: say everything back until they are done."""

    def parley(self) -> None:
        if not self.started:
            self.started = True
            self.agent.observe({"id": "Echo", "text": "Say something! Write [DONE] to stop."})
        act = self.agent.act()
        if act is None:
            return
        if wants_to_stop(act):
            self.done = True
            return
        echo = {"id": "Echo", "text": act["text"], "payload": act.get("payload"), "quick_replies": ["[DONE]"]}
        self.agent.observe(echo)


def ask(agent: Seat, question: str) -> Act:
    """Ask and wait for the answer. Other worlds go on while this one waits."""
    agent.observe({"id": "Interviewer", "text": question})
    answer = None
    while answer is None:
        answer = agent.act()
    return answer


class InterviewOnboardWorld(DemoWorld):
    """Collect `data`, which the task finds in `agent.onboard_data`. None turns the person away."""

    QUESTIONS = {"name": "What should I call you?", "topic": "What would you like to talk about?"}

    def parley(self) -> None:
        self.data = {}
        for key, question in self.QUESTIONS.items():
            answer = ask(self.agent, question)
            if wants_to_stop(answer):
                self.data = None
                break
            self.data[key] = answer["text"]
        self.done = True


class InterviewTaskWorld(DemoWorld):
    """Ask the questions that the config gives in `opt`, one in each parley, and keep the answers."""

    def __init__(self, opt: Mapping[str, Any], agents: Sequence[Seat]) -> None:
        super().__init__(opt, agents)
        self.questions = list(self.opt.get("interview_questions") or ["What is best about {topic}, {name}?"])
        self.answers: list[str] = []

    def parley(self) -> None:
        about = self.agent.onboard_data
        answer = ask(self.agent, self.questions.pop(0).format(**about))
        if wants_to_stop(answer):
            self.done = True
            return
        self.answers.append(answer["text"])
        if not self.questions:
            self.done = True
            self.agent.data["interview"] = {**about, "answers": self.answers}
            self.agent.observe({"id": "Interviewer", "text": f"Thank you, {about['name']}!"})


class TalkWorld(DemoWorld):
    """Several people: what one of them says, the others see, until somebody stops."""

    welcome = "You are {role}. Say hello! Write BYE to stop."

    def parley(self) -> None:
        if not self.started:
            self.started = True
            for agent in self.agents:
                agent.observe({"id": "Guide", "text": self.welcome.format(role=agent.role)})
        for agent in self.agents:
            act = agent.act()
            if act is not None and not self.done:
                self.hear(agent, act)

    def hear(self, agent: Seat, act: Act) -> None:
        if wants_to_stop(act):
            self.done = True
            act = {"id": "Guide", "text": f"{agent.role} has left. Thank you for talking!"}
        for partner in agent.message_partners:
            partner.observe(act)


class ChatOnboardWorld(DemoWorld):
    """Let in only those who accept the rules."""

    def parley(self) -> None:
        if not self.started:
            self.started = True
            rules = "Please be kind, and do not say who you are. Do you agree?"
            self.agent.observe({"id": "Guide", "text": rules, "quick_replies": ["I agree", "No"]})
        act = self.agent.act()
        if act is None:
            return
        self.done = True
        if act["text"].strip().lower() not in ("i agree", "yes"):
            self.data = None
            return
        self.data = {"agreed": True}
        text = "Thank you! I am looking for a partner for you. Write EXIT to stop waiting."
        self.agent.observe({"id": "Guide", "text": text})


class ChatTaskWorld(TalkWorld):
    """Two people. Someone whose partner wrote REPORT is not paired again."""

    MAX_AGENTS = 2
    welcome = "You are {role}. Say hello! Write BYE to stop, or REPORT if your partner is unkind."

    @staticmethod
    def eligibility_function(session: Candidate) -> bool:
        return bool(session.onboard_data["agreed"]) and not session.data.get("reported", False)

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        for agent, role in zip(agents, ("Robin", "Sasha"), strict=True):
            agent.disp_id = role

    def hear(self, agent: Seat, act: Act) -> None:
        if act["text"].strip().upper() == "REPORT":
            for partner in agent.message_partners:
                partner.data["reported"] = True
            act = {**act, "episode_done": True}
        super().hear(agent, act)


class GroupOnboardWorld(DemoWorld):
    """Ask for what `assign_roles` needs to know."""

    def parley(self) -> None:
        if not self.started:
            self.started = True
            self.ask_for_level("The subject is your favourite game. Are you a novice or an expert?")
        act = self.agent.act()
        if act is None:
            return
        level = act["text"].strip().lower()
        if level in GroupTaskWorld.SEATS:
            self.done = True
            self.data = {"level": level}
            text = "Thank you! I am looking for the others. Write EXIT to stop waiting."
            self.agent.observe({"id": "Guide", "text": text})
        elif wants_to_stop(act):
            self.done = True
            self.data = None
        else:
            self.ask_for_level("Please say novice or expert.")

    def ask_for_level(self, text: str) -> None:
        self.agent.observe({"id": "Guide", "text": text, "quick_replies": list(GroupTaskWorld.SEATS)})


class GroupTaskWorld(TalkWorld):
    """Three people in different roles: two novices and an expert."""

    MAX_AGENTS = 3
    SEATS = {"novice": ["First novice", "Second novice"], "expert": ["Expert"]}
    welcome = "You are {role}. Novices ask, the expert answers. Write BYE to stop."

    @staticmethod
    def assign_roles(agents: Sequence[Seat]) -> None:
        """Give each a free seat of their level. Who is left with None waits on; the next in line is tried."""
        free = {level: list(seats) for level, seats in GroupTaskWorld.SEATS.items()}
        for agent in agents:
            seats = free[agent.onboard_data["level"]]
            agent.disp_id = seats.pop(0) if seats else None
