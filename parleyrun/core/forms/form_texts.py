"""The sentences and words that forms say: what is wrong with an answer, and what a question is asked with."""

from __future__ import annotations

from dataclasses import dataclass

from .sentence_field import sentence_field as _in_a_form


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTexts:
    """Every sentence of forms, as a `str.format` template. What is counted stands without a noun."""

    form_choose: str = _in_a_form("where a question that needs a choice has none", "Please choose an answer.")
    form_write: str = _in_a_form("where a question that needs words has none", "Please write an answer.")
    form_choose_at_least: str = _in_a_form(
        "where too few answers were chosen", "Please choose at least {count}.", "count"
    )
    form_choose_at_most: str = _in_a_form(
        "where too many answers were chosen", "Please choose no more than {count}.", "count"
    )
    form_alone: str = _in_a_form(
        "where an answer was chosen beside others that excludes them",
        "“{option}” cannot be chosen together with other answers.",
        "option",
    )
    form_number: str = _in_a_form("where an answer is no number", "Please enter a number.")
    form_whole_number: str = _in_a_form("where a number has a fraction", "Please enter a whole number.")
    form_number_range: str = _in_a_form(
        "where a number is out of its range", "Please enter a number from {min} to {max}.", "min", "max"
    )
    form_number_least: str = _in_a_form(
        "where a number is too small", "Please enter a number that is at least {min}.", "min"
    )
    form_number_most: str = _in_a_form(
        "where a number is too large", "Please enter a number that is at most {max}.", "max"
    )
    form_number_step: str = _in_a_form(
        "where a slider has no such place",
        "Please enter a number from {min} to {max}, in steps of {step}.",
        "min",
        "max",
        "step",
    )
    form_number_marks: str = _in_a_form(
        "where a mark in a number could be that of thousands",
        "Please write the number without points or commas between the thousands.",
    )
    form_decimal_mark: str = _in_a_form("before the decimals of a number", ".")
    form_too_short: str = _in_a_form(
        "where a text is too short", "Please write at least {count} characters.", "count"
    )
    form_too_long: str = _in_a_form(
        "where a text is too long", "Please write no more than {count} characters.", "count"
    )
    form_wrong_form: str = _in_a_form(
        "where a text does not fit its pattern", "This does not have the form that is asked for."
    )
    form_written_like: str = _in_a_form(
        "where a text does not fit its pattern, and there is an example",
        "Please write it like this: {example}",
        "example",
    )
    form_date: str = _in_a_form(
        "where an answer is no date", "Please enter a date as year-month-day, such as 2001-12-31."
    )
    form_date_range: str = _in_a_form(
        "where a date is out of its range",
        "Please enter a date from {earliest} to {latest}.",
        "earliest",
        "latest",
    )
    form_date_earliest: str = _in_a_form(
        "where a date is too early", "Please enter a date that is not before {earliest}.", "earliest"
    )
    form_date_latest: str = _in_a_form(
        "where a date is too late", "Please enter a date that is not after {latest}.", "latest"
    )
    form_rank: str = _in_a_form("where not all were put in order", "Please put all of them in order.")
    form_each: str = _in_a_form("where rows of a table have no answer", "Please choose an answer in each row.")
    form_not_right: str = _in_a_form(
        "where a question has a right answer, and it was another one",
        "That is not the right answer. Please read the text again, and answer once more.",
    )
    form_other_form: str = _in_a_form(
        "where answers came that belong to no question here", "These answers belong to another form."
    )
    form_over: str = _in_a_form(
        "where answers came after the end of their form",
        "This form is closed. Nothing more can be answered in it.",
    )
    form_yes: str = _in_a_form("on the answer yes", "Yes")
    form_no: str = _in_a_form("on the answer no", "No")
    form_skip: str = _in_a_form("as the word that leaves out a question", "skip")
    form_back: str = _in_a_form("as the word that leads to the question before", "back")
    form_may_skip: str = _in_a_form(
        "below a question that is answered by numbers and may be left out",
        "Please write “{skip}” to leave this out.",
        "skip",
    )
    form_no_skip: str = _in_a_form(
        "where a question that needs an answer was left out", "This question needs an answer."
    )
    form_no_back: str = _in_a_form(
        "where there is no question to go back to", "There is no question to go back to."
    )
    form_thanks: str = _in_a_form(
        "after the last question of a form that is asked in a chat", "Thank you. These were all the questions."
    )
    form_closed: str = _in_a_form(
        "at the end of a form that is asked in a chat, where not all of it was answered",
        "Thank you. There is nothing more to answer here.",
    )
    form_write_number: str = _in_a_form(
        "below numbered answers, where one is to be chosen", "Please write the number of your answer."
    )
    form_write_numbers: str = _in_a_form(
        "below numbered answers, where several can be chosen",
        "Please write the numbers of all your answers, such as 1, 3.",
    )
    form_write_order: str = _in_a_form(
        "below numbered answers that are to be put in order",
        "Please write all numbers in your order, the first one first, such as 2, 1, 3.",
    )
    form_write_range: str = _in_a_form(
        "below a question that is answered by a number", "Please write a number from {min} to {max}.", "min", "max"
    )
