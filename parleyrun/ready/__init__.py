"""Worlds that need no Python of an author's: named in a config as `parleyrun.ready:Chat`."""

from .chat import Chat as Chat
from .forms import Forms as Forms
from .menu import Menu as Menu
