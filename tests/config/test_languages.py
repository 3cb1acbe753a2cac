"""The sentences of every language: whole, with the same placeholders, and said nowhere but in `texts`."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

import parleyrun
from parleyrun.config.building import draft_config
from parleyrun.config.diagnostics import Findings
from parleyrun.config.kinds import template_fault
from parleyrun.config.page_texts import PageTexts
from parleyrun.config.schema import Config
from parleyrun.config.shipped_sentences import LANGUAGES, direction, sentences
from parleyrun.config.texts import Texts, text_rules

PACKAGE = Path(parleyrun.__file__).parent
STATIC = PACKAGE / "web" / "static"
RULES = {rule.name: rule for rule in text_rules()}
SPOKEN_IN = ("service", "channels", "web", "terminal")
TELLERS = {"tell", "say", "_say", "notice", "_complain", "_told", "plain_notice", "Message", "send_notice"}
"""What hands a sentence to people, by its last name."""
TOLD = re.compile(rf"\b(?:{'|'.join(sorted(TELLERS))})\s*\(")
"""What stands wherever one of them is called."""


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def made(**config: object) -> tuple[Config, Findings]:
    findings = Findings("test")
    config_made = draft_config({"world_module": "w", "overworld": "O", "tasks": {}, **config}, findings)
    assert config_made is not None
    return config_made, findings


def test_ten_languages_come_with_us():
    assert set(LANGUAGES) >= {"en", "de", "es", "fr", "pt", "it", "nl", "zh", "ja", "ar"}


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_a_language_is_whole_and_fills_in_the_same(language: str):
    known = sentences(language)
    assert set(known) == set(RULES), "a sentence of Texts or PageTexts is missing here, or is one too many"
    for name, rule in RULES.items():
        said = known[name]
        assert template_fault(said, rule.placeholders) is None, name
        assert placeholders(said) == placeholders(rule.default), name
        assert bool(said) == bool(rule.default), name
        assert said.strip() == said, name
        assert ("EXIT" in said) == ("EXIT" in rule.default), name
    same = [name for name, rule in RULES.items() if rule.default and known[name] == rule.default]
    # Short words are the same in some languages (Messages, Conversation, Person).
    assert all(RULES[name].default.count(" ") < 2 for name in same), same


def test_a_language_is_the_ground_and_texts_lie_on_it():
    config, _ = made(language="de", texts={"goodbye": "Tschüss!", "page_send": "Los"})
    assert config.texts.goodbye == "Tschüss!"
    assert config.page_texts.page_send == "Los"
    assert config.texts.partner_left == sentences("de")["partner_left"]
    assert config.page_texts.page_connecting == sentences("de")["page_connecting"]


def test_a_tag_with_a_country_is_its_language():
    config, findings = made(language="pt-BR")
    assert config.language == "pt-BR"
    assert config.texts.goodbye == sentences("pt")["goodbye"]
    assert not findings.has_errors


def test_without_a_language_it_is_english():
    config, _ = made()
    assert (config.language, config.texts, config.page_texts) == ("en", Texts(), PageTexts())


def test_some_languages_run_from_right_to_left():
    assert {direction(tag) for tag in ("ar", "he-IL", "fa", "ur-PK")} == {"rtl"}
    assert {direction(tag) for tag in ("de", "zh-Hant", "pt-BR")} == {"ltr"}


# Said nowhere else


class Words(HTMLParser):
    """Collects what a page would show of its own accord."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        shown = ("aria-label", "title", "placeholder", "alt", "value")
        self.words += [value for name, value in attrs if name in shown and value]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())


def test_the_page_itself_has_no_sentence():
    page = Words()
    page.feed((STATIC / "index.html").read_text("utf-8"))
    assert len(page.words) > 5
    assert [word for word in page.words if not re.fullmatch(r"\{\{\w+\}\}", word)] == []
    asked_for = set(re.findall(r"\{\{(page_\w+)\}\}", (STATIC / "index.html").read_text("utf-8")))
    assert asked_for <= {name for name in RULES if name.startswith("page_")}


def sentences_in_script(source: str) -> list[str]:
    """What looks like a sentence among the strings of a script: words with a blank between, or a capital first."""
    source = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)", "", source, flags=re.S)
    # What is for whoever develops, not for people.
    source = re.sub(r"new Error\(`[^`]*`\)|console\.\w+\([^;]*\);", "", source)
    strings = [text for pair in re.findall(r"'((?:[^'\\\n]|\\.)*)'|`([^`]*)`", source) for text in pair if text]
    bare = [re.sub(r"\$\{[^}]*\}", "", text) for text in strings]
    return [text for text in bare if re.search(r"[A-Za-z]{2,},? [A-Za-z]{2,}|^[A-Z][a-z]{2,}(?![\w-]*\()", text)]


NAMES_IN_SCRIPTS = {
    "Enter",
    "Escape",
    "noopener noreferrer",
    "cannot-show",
    "attachment file",
    "speaker unseen",
    "text formatted",
    "quiet clear",
    "input, select, textarea",
    "input, select, textarea, button",
    "input, select, textarea, button:not(.clear)",
}
"""Strings of scripts that look like sentences and are names."""


def test_no_script_of_the_page_has_a_sentence():
    assert sentences_in_script("say('Hello there'); x = 'Sent'; y = `Read by ${names}`;\n  // 'No comment'") == [
        "Hello there",
        "Sent",
        "Read by ",
    ]
    found = {
        f"{script.name}: {text}"
        for script in STATIC.glob("*.js")
        for text in sentences_in_script(script.read_text("utf-8"))
        if text not in NAMES_IN_SCRIPTS and not text.startswith("(")
    }
    assert found == set()


def test_every_sentence_of_the_page_is_said_and_every_one_said_is_there():
    scripts = "".join(script.read_text("utf-8") for script in STATIC.glob("*.js"))
    said = set(re.findall(r"say\('(\w+)'", scripts))
    said |= {key for pair in re.findall(r"counted\('(\w+)', '(\w+)'", scripts) for key in pair}
    said |= set(re.findall(r"\{\{page_(\w+)\}\}", (STATIC / "index.html").read_text("utf-8")))
    assert said == {name.removeprefix("page_") for name in RULES if name.startswith("page_")}


def literal_sentences(source: str) -> list[str]:
    """The sentences that code hands to people without asking `texts`."""
    found: list[str] = []
    if not TOLD.search(source):
        return found  # most modules
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in TELLERS:
            continue
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            for part in ast.walk(argument):
                is_text = isinstance(part, ast.Constant) and isinstance(part.value, str)
                if is_text and re.search(r"[A-Za-z]{2,}[,.!?]? [A-Za-z]{2,}", part.value):
                    found.append(part.value)
    return found


def test_no_code_tells_people_a_sentence_of_its_own():
    assert literal_sentences('context.tell(session, "Please wait.")') == ["Please wait."]
    found = {
        f"{file.relative_to(PACKAGE)}: {text}"
        for room in SPOKEN_IN
        for file in (PACKAGE / room).rglob("*.py")
        for text in literal_sentences(file.read_text("utf-8"))
    }
    assert found == set()
