"""What names a row from outside (ASVS 1.4.2, 2.2.1, 8.2.2).

One spelling each: a key that can be written in two ways is two keys to a cache, a limit or a log.
Which one: `Identifier` or `UuidKey` where nobody shall guess the next; `Key` where it does not matter.
Unguessable is no permission: the owner is asked all the same.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema as core

from buckler.input.faults import told_as
from buckler.input.numbers import INT64, OneSpelling

_UUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_IDENTIFIER: Final = "^[0-9a-f]{32}$"
_SHOWN: Final[dict[str, Any]] = {"format": "int64", "examples": [1]}


class _IdentifierRule:
    """What a random identifier looks like."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        return told_as("identifier", core.str_schema(strict=True, max_length=32, pattern=_IDENTIFIER))

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        example = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
        return {"type": "string", "minLength": 32, "maxLength": 32, "pattern": _IDENTIFIER, "examples": [example]}


class _UuidRule:
    """What a UUID looks like, in the one spelling that is taken."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        spelt = core.union_schema(
            [core.str_schema(strict=True, max_length=36, pattern=_UUID), core.is_instance_schema(UUID)],
            mode="left_to_right",
        )
        return core.chain_schema([told_as("uuid_key", spelt), core.uuid_schema()])

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        bounds: JsonSchemaValue = {"type": "string", "format": "uuid", "minLength": 36, "maxLength": 36}
        return {**bounds, "pattern": _UUID, "examples": ["0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"]}


Key = Annotated[int, Field(ge=1, le=INT64, json_schema_extra=_SHOWN), OneSpelling()]
"""The number of a row: 1 to 2**63 - 1. In paths, queries and forms its digits, and nothing else."""
UuidKey = Annotated[UUID, _UuidRule()]
"""The UUID of a row, in small letters with its dashes."""
Identifier = Annotated[str, _IdentifierRule()]
"""128 random bits as 32 hexadecimal digits."""
