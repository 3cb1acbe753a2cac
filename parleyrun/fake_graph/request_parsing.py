"""Bodies of requests: JSON, forms, and multipart with a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from .graph_calls import Upload
from .refusals import bad_parameter


def read_fields(content_type: str, body: bytes) -> tuple[Mapping[str, Any], Upload | None]:
    """Return a body's fields and its file. Raises `Refusal` for what Graph would not understand."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}, None
    if kind == "application/json":
        return _json(body), None
    if kind == "application/x-www-form-urlencoded":
        return {name: _value(value) for name, value in parse_qsl(body.decode("utf-8", "replace"))}, None
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    raise bad_parameter(f"expected a body of JSON, a form, or multipart, got {content_type or 'none of them'}")


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise bad_parameter("the body is no JSON") from error
    if not isinstance(value, dict):
        raise bad_parameter("expected the body to be an object")
    return value


def _multipart(content_type: str, body: bytes) -> tuple[Mapping[str, Any], Upload | None]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    parsed = BytesParser(policy=HTTP).parsebytes(head + body)
    fields: dict[str, Any] = {}
    upload = None
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes), "a part of a form has no parts of its own"
        if part.get_filename() is not None:
            upload = Upload(str(part.get_filename()), part.get_content_type(), len(content))
        elif isinstance(name, str):
            fields[name] = _value(content.decode("utf-8", "replace"))
    return fields, upload


def _value(text: str) -> Any:
    """Read a field of a form: objects and lists are written as JSON in it, all else is text."""
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
