"""A point in time (ASVS 2.2.1; RFC 3339).

Date, time and offset are written out: without an offset a time is a guess, and a bare number may be
seconds or milliseconds. Kept in UTC, from 1970 to 9999, so that no column and no library overflows.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema as core

from buckler.input.faults import told_as

_SPELT: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_EXAMPLE: Final = "2030-01-31T12:00:00Z"
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 30, tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


class _MomentRule:
    """What a point in time looks like."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core.CoreSchema:
        spelt = core.union_schema(
            [core.str_schema(strict=True, max_length=40, pattern=_SPELT), core.is_instance_schema(datetime)],
            mode="left_to_right",
        )
        bounded = core.datetime_schema(ge=_FIRST, le=_LAST, tz_constraint="aware", microseconds_precision="truncate")
        chain = core.chain_schema([told_as("moment", spelt), bounded])
        return core.no_info_after_validator_function(_in_utc, chain)

    def __get_pydantic_json_schema__(self, schema: core.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time", "maxLength": 40, "pattern": _SPELT, "examples": [_EXAMPLE]}


Moment = Annotated[datetime, _MomentRule()]
"""A point in time with its offset, kept in UTC."""
