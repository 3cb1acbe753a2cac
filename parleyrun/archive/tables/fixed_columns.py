"""The columns that tables have whatever the study is, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from .filled_forms import MISSING
from .table_column import ColumnKind, TableColumn

STATUS_LABELS = {
    "done": "all of it was filled in",
    "declined": "the person declined to take part",
    "failed": "a question with a right answer was answered wrong too often",
    "timed_out": "the time was up",
    "left": "the person had gone for good",
    "closed": "the conversation ended before",
}
"""How a form can end."""

_RUN_OUTCOMES = {
    "finished": "it came to its own end",
    "left": "somebody went away",
    "timed_out": "somebody did not answer in time",
    "stopped": "it was ended from outside, as by the operator",
    "failed": "the world failed",
}
_DECISIONS = {
    "spoke": "it said something",
    "silent": "it was not for it to speak",
    "overtaken": "others spoke before it had answered",
    "failed": "its model gave no answer",
}
_VERDICTS = {
    "changed": "people were shown it otherwise than it was said",
    "held": "no person was shown it, as it waits to be looked at",
    "refused": "no person was shown it",
}
_KINDS_OF_RUN = {
    "task": "a conversation",
    "onboarding": "before a task",
    "afterwards": "after a conversation",
    "waiting": "while somebody waited for others",
    "overworld": "between tasks",
}


def _columns(
    labels: Mapping[str, Mapping[str, str]], *described: tuple[str, ColumnKind, str]
) -> tuple[TableColumn, ...]:
    return tuple(
        TableColumn(
            name=name,
            kind=kind,
            about=about,
            labels=labels.get(name, {}),
            unit=_UNITS.get(name, ""),
        )
        for name, kind, about in described
    )


_OF_RUNS = {"kind": _KINDS_OF_RUN, "outcome": _RUN_OUTCOMES}
_OF_FORMS = {"asked_in": _KINDS_OF_RUN, "status": STATUS_LABELS, "missing": MISSING}
_UNITS = {"seconds": "s", "seconds_waited": "s", "seconds_talked": "s", "waiting_pay_cents": "pence or cents"}

PARTICIPANT_COLUMNS = _columns(
    {},
    ("participant", "text", "the person"),
    ("first_seen", "time", "when they first came"),
    ("place", "text", "where they are now"),
    ("task", "text", "in or before which task they are now"),
    ("since", "time", "since when they are there"),
    ("arrival", "json", "the parameters of the link by which they came last"),
    ("data", "json", "agent.data, what authors keep of the person"),
    ("stored_data", "json", "agent.stored_data, what service and authors keep of the person"),
    ("onboard_data", "json", "what the newest onboarding said"),
    ("visits", "integer", "how many times the door opened for them"),
    ("conversations", "json", "each of theirs in a task: conversation_id, task, role, outcome"),
    ("partners", "json", "the people they were in tasks with"),
    ("said", "integer", "how many messages they wrote, without answers to forms on a page and wishes to finish"),
    ("seconds_waited", "number", "in pools, without a wait that goes on"),
    (
        "seconds_talked",
        "number",
        "in tasks: of each, from its beginning to their last line, said or seen",
    ),
    (
        "role",
        "text",
        "their role in conversations; several, as 'Buyer; Seller', in the order in which they first had them; "
        "empty where they had none",
    ),
    ("outcome", "text", "how their newest visit ended; empty while it goes on"),
    ("code", "text", "the completion code that they were given"),
    ("waiting_pay_cents", "integer", "the pay for waiting"),
)

RUN_COLUMNS = _columns(
    _OF_RUNS,
    ("conversation_id", "text", "the run, among all that there ever were"),
    ("task_id", "text", "the run, among those of its task"),
    ("run_id", "text", "the start of the service in which it began"),
    ("name", "text", "the run, for people: chat/t_12"),
    ("kind", "text", "of which kind the run is"),
    ("task", "text", "the task's key in the config"),
    ("world", "text", "the world's class"),
    ("started", "time", "when it began"),
    ("ended", "time", "when it ended; empty while it goes on"),
    ("outcome", "text", "how it ended; empty while it goes on"),
    ("reason", "text", "why it ended so"),
    ("forced", "boolean", "whether it was ended from outside"),
    ("data", "json", "the world's data at its end"),
    ("people", "json", "who sat in it: participant, role, is_bot; of a bot, model and disclosed"),
    ("match", "json", "who was taken for it, and who was passed over, and why"),
    ("seconds", "number", "how long it took"),
    ("said", "integer", "messages of people, without answers to forms on a page and wishes to finish"),
    ("said_by_bots", "integer", "messages of bots"),
    ("turns", "integer", "how many times somebody spoke, all they said before the next one spoke being one turn"),
    ("answers", "integer", "how many times a model was asked, for its bots"),
    ("prompt_tokens", "integer", "tokens that models read"),
    ("completion_tokens", "integer", "tokens that models wrote"),
    ("cost", "number", "what models took, in the currency of their prices; empty where no price is known"),
)

LINE_COLUMNS = _columns(
    {"moderated": _VERDICTS},
    ("conversation_id", "text", "the run, among all that there ever were"),
    ("name", "text", "the run, for people: chat/t_12"),
    ("task", "text", "the task's key in the config"),
    ("number", "integer", "which message of the run it is, from 1"),
    ("sent", "time", "when it was said"),
    ("committed", "time", "when it was on record"),
    ("speaker", "text", "under which name others saw it; empty for the system"),
    ("participant", "text", "who said it; empty for worlds and the system"),
    ("text", "text", "the words"),
    ("shown_to", "json", "who saw it, and how far it came when"),
    ("is_bot", "boolean", "whether a bot said it"),
    (
        "turn",
        "integer",
        "in which turn of the run it was said, from 1; empty for worlds, the system, and what is no message",
    ),
    ("payload", "json", "what it had besides words, such as a picture, a form, or answers to one"),
    ("moderated", "text", "changed, held or refused; else empty"),
    ("reply_to", "integer", "the number of the message that it replies to; empty: none"),
    ("reactions", "json", "how people reacted to it: participant, reaction, at; what was taken back is left out"),
)

MODEL_COLUMNS = _columns(
    {"kind": _DECISIONS},
    ("conversation_id", "text", "the run, among all that there ever were"),
    ("name", "text", "the run, for people: chat/t_12"),
    ("task", "text", "the task's key in the config"),
    ("participant", "text", "the bot"),
    ("role", "text", "its role"),
    ("decision", "integer", "which of its decisions it is"),
    ("kind", "text", "spoke, silent, overtaken or failed"),
    ("why", "text", "why it did not speak"),
    ("line", "integer", "the number of the message that it said; empty: none"),
    ("at", "time", "when"),
    ("model", "text", "the model's name in the config; empty, as all that follows: none was asked"),
    ("served_by", "text", "what its server calls it"),
    ("text", "text", "what it answered, as it came"),
    ("parameters", "json", "what it was asked with"),
    ("prompt_hash", "text", "a hash of the prompt"),
    ("prompt_tokens", "integer", "tokens that it read"),
    ("completion_tokens", "integer", "tokens that it wrote"),
    ("tokens_estimated", "boolean", "whether the tokens are estimates"),
    ("cost", "number", "in the currency of its price; empty where no price is known"),
    ("seconds", "number", "how long it took"),
    ("tries", "integer", "how often it was asked until it answered"),
    ("finish_reason", "text", "why the answer ended"),
    ("calls", "json", "what the model called: name, arguments, result"),
    ("failure", "text", "why there is no answer, as one of a few causes"),
    ("error", "text", "why there is no answer, as a sentence"),
    ("prompt", "text", "the prompt, if it was recorded"),
)

_ABOUT_A_FORM: tuple[tuple[str, ColumnKind, str], ...] = (
    ("participant", "text", "who was asked"),
    ("form", "text", "the form's name in the config"),
    ("instance", "integer", "the how-manieth form of that name it is for them"),
    ("conversation_id", "text", "the run in which it was asked"),
    ("last_conversation_id", "text", "the conversation in a task that they were in last when it was asked"),
    ("asked_in", "text", "what kind of run that was"),
    ("task", "text", "the task's key in the config"),
    ("role", "text", "their role in that run; of a form afterwards, in the conversation before it"),
    ("ended", "time", "when the form was over"),
    ("status", "text", "how the form ended"),
    ("outcome", "text", "with which outcome, where it was declined or a check ended it"),
)
WIDE_FORM_COLUMNS = _columns(_OF_FORMS, *_ABOUT_A_FORM)
FORM_COLUMNS = _columns(
    _OF_FORMS,
    *_ABOUT_A_FORM,
    ("position", "integer", "at which place in the form this person saw the question"),
    ("question", "text", "the question's name in the config"),
    ("item", "text", "of a matrix: which item"),
    ("kind", "text", "of which kind the question is"),
    (
        "value",
        "text",
        "the answer: an option's value, a number, true or false, a text, or a list as JSON",
    ),
    ("number", "number", "the answer, where it is a number; 1 for true, 0 for false"),
    ("label", "text", "what the answer stands for, as the person saw it"),
    ("missing", "text", "why there is no answer; empty where there is one"),
    ("correct", "boolean", "whether a question with a right answer was answered right; empty where that is open"),
    ("tries", "integer", "how often a question with a right answer was answered"),
    ("shown_at", "time", "when the question was shown first"),
    ("touched_at", "time", "when it was touched first"),
    ("changed_at", "time", "when its answer was changed last"),
    ("answered_at", "time", "when its answer was final"),
)

MESSAGE_COLUMNS = _columns(
    {"moderated": _VERDICTS, **_OF_RUNS},
    ("conversation", "text", "the same as conversation_id"),
    ("name", "text", "the run, for people: chat/t_12"),
    ("kind", "text", "of which kind the run is"),
    ("task", "text", "the task's key in the config"),
    ("world", "text", "the world's class"),
    ("started", "time", "when the run began"),
    ("ended", "time", "when it ended; empty while it goes on"),
    ("outcome", "text", "how it ended; empty while it goes on"),
    ("number", "integer", "which message of the run it is, from 1"),
    ("at", "time", "the same as committed"),
    ("sent", "time", "when it was said"),
    ("committed", "time", "when it was on record"),
    ("speaker", "text", "under which name others saw it; empty for the system"),
    ("participant", "text", "who said it; empty for worlds and the system"),
    ("text", "text", "the words"),
    ("episode_done", "integer", "1 where it was to be the last; else empty"),
    ("quick_replies", "json", "the answers that were offered"),
    ("payload", "json", "what it had besides words"),
    ("persona_id", "text", "as whom a page spoke"),
    ("extra", "json", "what authors put into it"),
    ("shown_to", "json", "who saw it"),
    ("delivered", "json", "when it was on the screens of those who saw it, by participant"),
    ("read", "json", "when they had read it, by participant"),
    ("conversation_id", "text", "the run, among all that there ever were"),
    ("task_id", "text", "the run, among those of its task"),
    ("run_id", "text", "the start of the service in which it began"),
    ("data", "json", "the world's data at its end"),
    ("is_bot", "integer", "1 where a bot said it; else empty"),
    ("moderated", "text", "changed, held or refused; else empty"),
    ("reply_to", "integer", "the number of the message that it replies to; empty: none"),
    ("reactions", "json", "how people reacted to it: participant, reaction, at; what was taken back is left out"),
)
"""Those of the format `csv`."""
