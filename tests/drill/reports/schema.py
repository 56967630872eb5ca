"""Whether a report in JSON is as its schema says, and says nothing that the schema does not."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from buckler.drill.report import Report
from buckler.drill.reports.as_json import schema_text, write_json


def told(report: Report) -> Any:
    """What is written of it, read again. Fails where the schema does not have it so."""
    return conforming(write_json(report))


def conforming(text: str) -> Any:
    """What stands in a report. Fails where the schema does not have it so."""
    whole = json.loads(text)
    _validator().validate(whole)
    return whole


def mistakes(whole: object) -> list[str]:
    """What the schema says against it."""
    return [each.message for each in _validator().iter_errors(whole)]


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    """Of the schema, closed: what a reader may find added one day is, here, a member that nobody described."""
    return jsonschema_rs.Draft202012Validator(_closed(json.loads(schema_text())))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inside = {name: _closed(each) for name, each in schema.items()}
    return {**inside, "additionalProperties": False} if "properties" in schema else inside
