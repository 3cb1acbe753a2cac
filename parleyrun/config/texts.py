"""The sentences that the system says, and what one may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from ..core.forms.form_texts import FormTexts
from ..core.forms.sentence_field import sentence_field as _said
from .page_texts import PageTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Every sentence that the system says, as a `str.format` template. An empty one means: say nothing."""

    password_ask: str = _said(
        "to a newcomer, where a password is set", "Hello! Please enter the password to come in."
    )
    password_wrong: str = _said("after a wrong password", "That is not the password. Please try again.")
    password_slow: str = _said(
        "after several wrong passwords",
        "That is not the password. Please wait {seconds} seconds before you try again.",
        "seconds",
    )
    password_busy: str = _said(
        "to someone whose password has to wait, as many wrong ones came from where they are",
        "Please wait {seconds} seconds: many wrong passwords have come in. What you wrote is looked at then.",
        "seconds",
    )
    waiting: str = _said(
        "once, to someone who has waited for a while",
        "We are still looking for someone for you to talk with. Thank you for waiting!",
    )
    still_waiting: str = _said(
        "to someone who writes while they wait",
        "You are still waiting for a partner. Write EXIT if you would rather stop waiting.",
    )
    next_round: str = _said(
        "to someone who has had one conversation of several, and waits for the next",
        "Round {round} of {rounds}: we are looking for your next partner.",
        "round",
        "rounds",
    )
    left_pool: str = _said("to someone who stopped waiting", "All right, you are no longer waiting.")
    pool_timeout: str = _said(
        "to someone for whom no partner was found in time",
        "Sorry, nobody was free to join you for “{task}” this time.",
        "task",
    )
    pool_backup: str = _said(
        "to someone for whom no partner was found in time, and who goes on to another task",
        "Sorry, nobody was free to join you for “{task}”. You can do “{backup}” instead.",
        "task",
        "backup",
    )
    world_failed: str = _said(
        "when a conversation ends because of a mistake in its world",
        "Sorry, something went wrong on our side, and this conversation had to end.",
    )
    onboarding_failed: str = _said(
        "when an onboarding ends because of a mistake in its world",
        "Sorry, something went wrong on our side, and we could not get you started.",
    )
    partner_left: str = _said(
        "to those who remain when someone left for good",
        "Your partner has left, so this conversation has ended.",
    )
    unknown_task: str = _said(
        "when the overworld names a task that does not exist",
        "Sorry, “{choice}” is not something we can start.",
        "choice",
    )
    goodbye: str = _said("to someone who leaves", "Goodbye, and thank you for coming!")
    your_code: str = _said(
        "at the end, to someone who gets a completion code", "Your completion code: {code}", "code"
    )
    your_link: str = _said("at the end, to someone who goes on elsewhere", "Please continue here: {link}", "link")
    not_again: str = _said(
        "to someone who chooses a task that they have done, where nobody does it twice",
        "You have done “{task}” already, and it cannot be done twice. Please choose something else.",
        "task",
    )
    enough_people: str = _said(
        "to someone who comes when enough have had each value of a condition, or models may cost no more",
        "Thank you for your interest! We have as many people as we need for now.",
    )
    once_only: str = _said("to someone who comes once too often", "You have taken part already. Thank you!")
    place_lost: str = _said(
        "to someone who comes back after they were away for too long",
        "You were away for too long, so your place was given up and the conversation has ended for you.",
    )
    closing: str = _said(
        "to everyone else when the service is about to close",
        "We are about to close. Please bring your conversation to an end.",
    )
    closing_kept: str = _said(
        "when the service is about to close, to those whose conversation, or wait for one, the record keeps",
        "We have to pause soon. Your conversation is kept, and goes on when we are back.",
    )
    closing_refused: str = _said(
        "to someone who comes, or starts something new, while the service closes",
        "We are closing and cannot start anything new. Please come back later.",
    )
    bad_link: str = _said(
        "to someone whose link was not signed here, where links are",
        "This link is not complete. Please open it exactly as you were given it.",
    )
    link_used: str = _said(
        "to someone whose link is for a single use, and was used on another device",
        "This link has already been used. If that was you, please go on where you began.",
    )
    no_id: str = _said(
        "to someone whose link has no id, where one is required",
        "This link does not say who you are. Please open it exactly as you were given it.",
    )
    not_invited: str = _said(
        "to someone who is not on the list of those who may take part",
        "You are not on the list of this study. If that is a mistake, please tell the people who sent you here.",
    )
    wrong_device: str = _said(
        "to someone whose device will not do",
        "This study does not work on this device. Please open the link on: {devices}.",
        "devices",
    )
    wrong_browser: str = _said(
        "to someone whose browser will not do",
        "This study does not work in this browser. Please open the link in: {browsers}.",
        "browsers",
    )
    device_desktop: str = _said("in place of a kind of device", "computer")
    device_tablet: str = _said("in place of a kind of device", "tablet")
    device_mobile: str = _said("in place of a kind of device", "phone")
    from_operator: str = _said(
        "before what the people who run the study say while it runs",
        "Message from the people who run this study: {text}",
        "text",
    )
    check_answered: str = _said(
        "after the answer to a question of the people who run the study",
        "Thank you for your answer. Please go on.",
    )
    too_fast: str = _said(
        "to someone who sends too much at once",
        "That was a lot at once! Please write a little more slowly.",
    )
    too_long: str = _said(
        "to someone whose message is too long",
        "That message is too long. Please keep it under {limit} bytes.",
        "limit",
    )
    bad_message: str = _said(
        "to someone whose message cannot be understood at all",
        "Sorry, that message could not be read. Please try again.",
    )
    no_attachments: str = _said(
        "to someone who sends a picture or another attachment where these are not allowed",
        "Sorry, only text can be taken here. Please write it in words.",
    )
    no_form: str = _said(
        "to someone who answers a form where there is none",
        "There is no form here any more to be answered.",
    )
    upload_kind: str = _said(
        "to someone who sends a file of a kind that is not taken",
        "Sorry, this kind of file cannot be taken here. Pictures, sounds, videos and PDF files can.",
    )
    upload_too_large: str = _said(
        "to someone who sends a file that is too large",
        "Sorry, that file is too large. Please choose a smaller one.",
    )
    said_enough: str = _said(
        "to someone of whom as much is kept as is kept of one person",
        "Sorry, you have sent as much as we can keep. We cannot take any more.",
    )
    unsupported_message: str = _said(
        "to someone on Messenger who sends what no app is told of, a poll for example",
        "Sorry, we cannot read this kind of message here. Please write it in words.",
    )
    turned_away: str = _said("to someone whom an onboarding turned away", "")
    declined: str = _said(
        "to someone who does not agree to take part, in a form around a task",
        "All right. Thank you for letting us know.",
    )
    time_for_form_over: str = _said(
        "to someone who did not fill in a form around a task in time", "The time for these questions is over."
    )
    not_taking_part: str = _said(
        "to someone who failed the checks of a form around a task",
        "Thank you for your answers. Unfortunately, you cannot go on from here.",
    )
    trouble: str = _said(
        "to someone who writes while nothing can be recorded",
        "Sorry, we cannot take messages at the moment. Please try again in a little while.",
    )
    full: str = _said(
        "to a newcomer while there is no room for more people",
        "Sorry, we are full at the moment. Please try again in a few minutes.",
    )
    address_full: str = _said(
        "to a newcomer while too many people come from the same address",
        "Sorry, too many people from where you are have come already. Please try again in a few minutes.",
    )
    before_going_on: str = _said(
        "to someone in a conversation, before an onboarding that was added to its task while the service was down",
        "Before you go on with your conversation, there is something new to go through.",
    )
    others_first: str = _said(
        "to someone whose conversation waits until its other people are back in it",
        "Your conversation goes on as soon as everybody is back.",
    )
    held: str = _said(
        "to someone whose conversation cannot go on until its operator has fixed something",
        "We have to fix something first. Your conversation is kept, and goes on where it was once that is done. "
        "Write EXIT if you would rather leave.",
    )
    person_name: str = _said(
        "as the name of each person in a task that gives no roles",
        "Person {number}",
        "number",
    )
    menu: str = _said(
        "to someone who comes, where the overworld is the menu of parleyrun", "Welcome! What would you like to do?"
    )
    menu_again: str = _said(
        "by that menu to someone who comes back to it", "Welcome back! What would you like to do now?"
    )
    menu_unknown: str = _said(
        "by that menu to someone who names none of its tasks",
        "Please choose one of these: {choices}, or EXIT to leave.",
        "choices",
    )
    time_nearly_over: str = _said("in a conversation whose time is nearly over", "The time is nearly over.")
    time_is_up: str = _said(
        "at the end of a conversation whose time is up", "The time is up, so this conversation has ended."
    )
    finish_how: str = _said(
        "as a conversation begins that people may finish themselves",
        "Once you are done, you may finish the conversation: write {word}.",
        "word",
    )
    finish_wish: str = _said(
        "when a partner would like to finish",
        "{name} would like to finish. If you would like that too, write {word}.",
        "name",
        "word",
    )
    finish_waits: str = _said(
        "to someone who would like to finish, while the others have not said so",
        "We will finish as soon as everybody would like to.",
    )
    finish_too_early: str = _said(
        "to someone who would like to finish and has said too little",
        "Please say a little more before you finish.",
    )
    finished_early: str = _said(
        "at the end of a conversation that people wanted to finish", "This conversation has been finished."
    )
    stopped: str = _said("when a conversation is stopped from outside", "This conversation has been stopped.")


@dataclass(frozen=True, slots=True)
class TextRule:
    """What is known of one sentence: when it is said, and which placeholders it may hold."""

    name: str
    when: str
    default: str
    placeholders: tuple[str, ...]


def text_rules() -> Iterator[TextRule]:
    """Yield the rule of each sentence, in the order of `Texts`, of `PageTexts` and then of `FormTexts`."""
    for known in (*fields(Texts), *fields(PageTexts), *fields(FormTexts)):
        yield TextRule(known.name, known.metadata["when"], str(known.default), known.metadata["placeholders"])
