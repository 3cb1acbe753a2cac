"""Forms that are read: those of a config, and those that authors read themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.forms.form import FORM_READERS, Form
from ...core.message import FrozenDict
from ...errors import ConfigError
from ...text import WrittenText
from ..diagnostics import Findings, KeyPath
from ..loading import parse, read_text
from .form_building import build_form
from .form_keys import FORM, check_name

NOT_READ = "file-not-read"


def forms_of(checked: Mapping[str, Any], folder: Path, findings: Findings) -> Mapping[str, Form]:
    """Return the forms of a config, by name; those that are wrong are left out, with findings.

    Args:
        checked: What `FORMS` returned.
        folder: Beside what the paths of files begin.
        findings: Those of the config; what is wrong in a form's own file is among them, under that file's name.
    """
    forms = {}
    for name, entry in checked.items():
        path: KeyPath = ("forms", name)
        if isinstance(entry, str):
            form = _of_file(name, folder / str(entry), path, findings)
        else:
            form = build_form(name, _plain(entry), path, folder, findings)
        if form is not None:
            forms[name] = form
    return FrozenDict(forms)


def _plain(value: Any) -> Any:
    """Return values without what they remember of having come from the environment."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, WrittenText) else value


def _of_file(name: str, file: Path, path: KeyPath, findings: Findings) -> Form | None:
    own = Findings(str(file))
    try:
        form = _read(name, file, own)
    except ConfigError as error:
        findings.add(NOT_READ, path, f"expected a form, or the path of a YAML file with one: {error}")
        return None
    findings.include(own)
    return form


def _read(name: str, file: Path, findings: Findings) -> Form | None:
    text = read_text(file, findings)
    document = None if text is None else parse(text, findings)
    return None if document is None else _made(name, document, file.parent, findings)


def _made(name: str, values: Any, folder: Path, findings: Findings) -> Form | None:
    checked = FORM.check(values, (), findings)
    return None if findings.has_errors else build_form(name, checked, (), folder, findings)


def form_from_yaml(path: str | Path, name: str | None = None) -> Form:
    """Read a form from a file (`Form.from_yaml`)."""
    file = Path(path)
    findings = Findings(str(file))
    name = file.stem.replace("-", "_") if name is None else name
    check_name(name, (), findings)
    return _sound(_read(name, file, findings), findings)


def form_from_mapping(values: Mapping[str, Any], name: str = "form") -> Form:
    """Make a form of values (`Form.from_mapping`)."""
    findings = Findings(name)
    check_name(name, (), findings)
    return _sound(_made(name, values, Path(), findings), findings)


def _sound(form: Form | None, findings: Findings) -> Form:
    if form is None or findings.has_errors:
        found = findings.in_order()
        raise ConfigError("\n".join(map(str, found)), found)
    return form


FORM_READERS.register("yaml", form_from_yaml)
FORM_READERS.register("mapping", form_from_mapping)
