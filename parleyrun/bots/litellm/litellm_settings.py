"""What stands under an entry of `models:` of the kind `litellm`: what a server has, but for its address."""

from __future__ import annotations

from dataclasses import replace

from ...config.sections import Field, Section
from ..chat_completions.completion_settings import COMPLETION_SETTINGS

_LEFT_OUT = ("connect_seconds", "rename")
"""What belongs to a connection that litellm makes by itself, or to a protocol that it translates to."""

_DESCRIPTIONS = {
    "base_url": "where the provider is, if not where litellm looks for it",
    "name": "provider/model, such as anthropic/claude-sonnet-4-5",
    "api_key_env": "the variable that holds the key; without one litellm looks for the provider's own",
    "extra_body": "further arguments of litellm.completion()",
    "price": "what a million tokens cost: prompt, completion; without it what litellm knows",
}


def _field(field: Field) -> Field:
    description = _DESCRIPTIONS.get(field.name, field.description)
    return replace(field, description=description, required=field.name == "name")


LITELLM_SETTINGS = Section(
    "a model of the kind litellm",
    tuple(_field(field) for field in COMPLETION_SETTINGS.fields if field.name not in _LEFT_OUT),
    COMPLETION_SETTINGS.of,
)


def settings_of_name(reference: str) -> dict[str, str]:
    """Return what `anthropic/claude-sonnet-4-5` says, behind the colon of `litellm:`: the name."""
    return {"name": reference} if reference else {}
