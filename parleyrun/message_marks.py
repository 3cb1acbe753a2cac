"""Message marks: what messages hold beside their words, in `extra` or as the type of a payload."""

from __future__ import annotations

from .core.message import FrozenDict

FAREWELL = FrozenDict(farewell=True)
"""What a message of the system's has as its `extra` that is the last of a visit."""

VERBATIM = "verbatim"
"""What is true in a message's `extra` where a world says a person's words in an act of its own."""

FINISH = "finish"
"""The type of the payload of what somebody says who would like to bring their conversation to its end."""

INSTRUCTIONS = "instructions"
"""What is true in a message's `extra` that tells somebody what their role is to do."""

FINISH_HOW = "finish_how"
"""What is true in a message's `extra` that tells how to finish a conversation where there is no button for it."""

FINISH_WISH = "finish_wish"
"""Under this key of its `extra` a message that tells of a partner's wish to finish has that partner's name."""

CLAIMED = "claimed"
"""Under this key of its `extra` a person's line has what their device said of how it was written."""

OPERATOR = "operator"
"""What is true in a message's `extra` that those who run the study say."""

BOT = "bot"
"""What is true in a message's `extra` where a bot says it that people are told of."""
