"""What the OpenAPI document says of guarded fields that have a description of their own: both."""

from collections.abc import Mapping
from typing import Any, cast

from buckler.access.fields.visible import READ, WRITE, words_of


def add_words(document: Mapping[str, Any]) -> None:
    """Add to the description of each guarded property what it needs. Doing it again changes nothing."""
    schemas: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
    for schema in schemas.values():
        for told in cast("Mapping[str, dict[str, Any]]", schema.get("properties", {})).values():
            words = words_of(told.get(READ), told.get(WRITE)) if READ in told or WRITE in told else ""
            description = str(told.get("description", ""))
            if words not in description:
                told["description"] = f"{description} {words}".strip()
