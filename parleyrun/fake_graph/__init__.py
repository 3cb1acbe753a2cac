"""A Graph API of our own: a page, people with Messenger, and everything that can go wrong between them.

::

    with rehearse_messenger("configs/demo.yml") as rehearsal:
        ann = rehearsal.person("ann")
        ann.says("hello")
        ann.sees("Welcome")
        rehearsal.graph.fail_next(551, psid="ann")
        ann.presses("echo")

`rehearse_messenger` has one, with a service in this process. Any other app can use one as well: whatever it is
configured with is `graph.url`, `graph.page_token` and so on, and `graph.connect()` takes its webhook's address.

It is a real HTTP server on the loopback interface, it posts real signed webhooks, and it refuses what Meta
would refuse. There are no sleeps: whatever is waited for has a deadline.
"""

from __future__ import annotations

from .graph import FakeGraph
from .graph_calls import GraphCall, Upload
from .messenger_people import FakeMessengerPerson
from .shown_message import Button, QuickReply, ShownAttachment, ShownMessage

__all__ = [
    "Button",
    "FakeGraph",
    "FakeMessengerPerson",
    "GraphCall",
    "QuickReply",
    "ShownAttachment",
    "ShownMessage",
    "Upload",
]
