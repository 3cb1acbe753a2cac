"""A shop whose assistant works on its orders: a world that says by itself how well a conversation went.

The assistant's lines that are orders to the shop's computer reach only that; all others reach the customer. At the
end the orders are compared with what `opt['expected']` says of them, which an evaluation's goals bring along.
"""

from copy import deepcopy
from typing import Any

from parleyrun import Act, World

ORDERS = {
    "1001": {"customer": "Ada Byron", "item": "lamp", "address": "High Street 1, York", "state": "packed"},
    "1002": {"customer": "Alan Turner", "item": "chair", "address": "Dock Road 3, Hull", "state": "packed"},
    "1003": {"customer": "Grace Hopps", "item": "clock", "address": "Park Row 9, Leeds", "state": "sent"},
}
MOST_COMMANDS = 8
"""So often the assistant may ask the computer between two lines of the customer."""


class ShopWorld(World):
    """The customer speaks first, and whoever says bye ends it."""

    MAX_AGENTS = 2

    @staticmethod
    def assign_roles(agents: list[Any]) -> None:
        agents[0].disp_id = "Customer"

    def __init__(self, opt: Any, agents: Any) -> None:
        super().__init__(opt, agents)
        self.orders = deepcopy(ORDERS)
        self.customer, self.assistant = agents
        self.commands = 0
        self.over = False
        self.customer.observe({"id": "", "text": "Welcome to the shop! How can we help? Write BYE to leave."})

    def parley(self) -> None:
        asked = self.customer.act()
        if asked is not None:
            self.commands = 0
            self.over = asked["episode_done"] or asked["text"].strip().lower() == "bye"
            self.assistant.observe(asked)
        said = None if self.over else self.assistant.act()
        if said is None:
            return
        answer = self.execute(said["text"])
        if answer is None:
            self.customer.observe(said)
        elif self.commands < MOST_COMMANDS:
            self.commands += 1
            self.assistant.observe(computer(answer))
        else:
            self.customer.observe({"id": "Assistant", "text": "I am sorry, I cannot help with that."})

    def execute(self, text: str) -> str | None:
        """Do what a line orders, and return what the computer answers; None for a line that orders nothing."""
        verb, _, rest = text.strip().partition(" ")
        if verb not in ("SHOW", "CANCEL", "ADDRESS"):
            return None
        number, _, address = rest.strip().partition(" ")
        order = self.orders.get(number)
        if order is None:
            return f"There is no order {number}."
        if verb != "SHOW" and order["state"] != "packed":
            return f"Order {number} is {order['state']}, and stays as it is."
        if verb == "CANCEL":
            order["state"] = "cancelled"
        elif verb == "ADDRESS":
            order["address"] = address.strip()
        return f"Order {number}: " + ", ".join(f"{name} {value}" for name, value in order.items())

    def episode_done(self) -> bool:
        return self.over

    def reward(self) -> dict[str, float]:
        """Return 1 if all orders are as they should be, and else 0."""
        expected = {
            number: {**order, **self.opt.get("expected", {}).get(number, {})} for number, order in ORDERS.items()
        }
        return {"reward": float(self.orders == expected)}


def computer(text: str) -> Act:
    return {"id": "Computer", "text": text}
