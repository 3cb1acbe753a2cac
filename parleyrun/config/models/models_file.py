"""A file of models: what can answer, for commands that need no tasks of a service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ...text import kind_of
from ..building import fill_in
from ..diagnostics import Finding, Findings, KeyPath
from ..importing import import_named_module
from ..key_table import CONFIG
from ..loading import parse, read_text
from ..plan import check
from ..schema import Config
from ..sections import Field, Section, Table
from .model_entries import MODEL, check_model_name, models_of
from .model_kinds import ModelPlan, resolve_models

_MODELS = "models"
_FILE = Section(
    "a file of models",
    (Field(_MODELS, Table(_MODELS, MODEL, check_model_name), "what can answer, by name", required=True),),
)
_NOT_OF_A_FILE = "model-not-used"


def read_models(path: Path) -> tuple[Mapping[str, ModelPlan] | None, list[Finding]]:
    """Read the models of a file. Code of authors runs on the calling thread, no server is asked.

    The file is the config of a service; or it has nothing but `models:`; or it has its models at the top.

    Args:
        path: The file.

    Returns:
        The models, by name; None where one of the findings is an error. And what was found, in the order of the
        file, warnings that have nothing to do with models left out.

    Raises:
        ConfigError: The file cannot be read as text.
    """
    findings = Findings(str(path))
    text = read_text(path, findings)
    document = None if text is None else parse(text, findings)
    if document is None:
        return None, findings.in_order()
    if isinstance(document, Mapping) and _is_of_a_service(document):
        plan, found = check(path)
        return (None if plan is None else plan.models), [each for each in found if _is_told(each)]
    return _models_in(document, path, findings), [each for each in findings.in_order() if _is_told(each)]


def _is_of_a_service(document: Mapping[Any, Any]) -> bool:
    return any(key in CONFIG.names and key != _MODELS for key in document) and not _is_nothing_but_models(document)


def _is_nothing_but_models(document: Mapping[Any, Any]) -> bool:
    """Whether each entry describes a model, as one may be called like a key of a config."""
    return all(isinstance(entry, Mapping) and isinstance(entry.get("model"), str) for entry in document.values())


def _is_told(found: Finding) -> bool:
    if found.severity == "error":
        return True
    return found.path.startswith(_MODELS) and found.code != _NOT_OF_A_FILE


def _models_in(document: Any, path: Path, findings: Findings) -> Mapping[str, ModelPlan] | None:
    if not isinstance(document, Mapping):
        findings.add("wrong-type", (), f"expected a mapping with models: {{name: {{…}}}}, got {kind_of(document)}")
        return None
    values: Any = document
    if _MODELS not in document or _is_nothing_but_models(document):
        values = {_MODELS: document}
        findings.marks = findings.marks.with_alias((), (_MODELS,))
    checked = _FILE.check(fill_in(values, (), os.environ, findings), (), findings)
    config = Config(path=path, models=models_of(checked.get(_MODELS, {})), marks=findings.marks)
    import_named = partial(_import_named, path, findings)
    plans = resolve_models(config, SimpleNamespace(), findings, import_named, ())
    return None if findings.has_errors else plans


def _import_named(path: Path, findings: Findings, name: str, at: KeyPath) -> Any:
    return import_named_module(name, path, findings, at)
