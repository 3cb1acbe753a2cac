"""What a model finds in its `opt` besides its settings, by name."""

from ..core.bot_seats.bot_agent import MODEL_NAME as MODEL_NAME

REPEAT = "repeat"
"""Which time it is, from 0, that an evaluation asks the same: the answer is not to be that of another time."""

FOLDER = "folder"
"""Where the paths of its files begin."""

FUNCTIONS = "functions"
"""The functions of the world module that it may call."""

TIMERS = "timers"
"""The clock of the service, and its timers."""

PICTURES = "pictures"
"""Where the service keeps pictures (`bots.pictures.Pictures`); None where there is no service."""
