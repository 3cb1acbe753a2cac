"""`litellm`: a model of any provider that the library litellm knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ...config.models.model_kinds import SettingFault, SettingsPlace
from ..chat_completions.chat_completions_agent import ChatCompletionsAgent
from ..chat_completions.completion_checks import faults_besides_the_address
from ..chat_completions.completion_settings import CompletionSettings
from ..chat_completions.connection_kind import ConnectionKind
from .litellm_settings import LITELLM_SETTINGS, settings_of_name
from .litellm_source import open_litellm


def faults_of_settings(values: Mapping[str, Any], place: SettingsPlace) -> Iterator[SettingFault]:
    """Yield what is wrong with the settings of an entry, as `check_settings` of its kind. Nothing is imported."""
    settings = CompletionSettings(**values)
    provider, _, name = settings.name.partition("/")
    if not provider or not name:
        yield SettingFault(
            path=("name",),
            message=f"expected provider/model, got {settings.name!r:.80}",
            hint="such as anthropic/claude-sonnet-4-5; litellm's documentation lists the providers",
        )
    yield from faults_besides_the_address(settings, place)


class LitellmAgent(ChatCompletionsAgent):
    """One seat's conversation with a model of some provider. Under the same rules as one behind a server.

    Args:
        opt: An entry of `models:`.
        shared: What `share()` of another copy returned.

    Raises:
        AgentError: Something is wrong with the entry.
        MissingExtra: litellm is not installed.
    """

    settings_section = LITELLM_SETTINGS
    settings_of_reference = staticmethod(settings_of_name)
    check_settings = staticmethod(faults_of_settings)
    connection_kind: ClassVar[ConnectionKind] = ConnectionKind(
        "litellm", LITELLM_SETTINGS, open_litellm, settings_of_name
    )
    knows_prices = True
    """litellm has a list of what tokens cost."""
