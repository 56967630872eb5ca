"""Models that take what they name and nothing else (ASVS 2.2.1, 15.3.1, 15.3.3).

`StrictModel`, for bodies and answers:
1. Unknown fields are refused, so that `is_admin` beside a name changes nothing.
2. JSON's own types stay what they are: `"1"` is no number, 1 is no text and no `true`. What JSON
   has no type for (dates, UUIDs, enumerations, `Decimal`) is read from text as usual; dates from nothing else.
3. What has no bound of its own gets ours, in the document too: texts 10,000 characters without NUL,
   whole numbers 64 bits, broken ones finite, `Decimal` 40 digits, collections 1,000 members (`value_bounds.py`).
   Give another with `Field`.
4. Frozen: what was judged stays as it was. Errors print no input.
5. Never made of a database row or another object, also not where FastAPI would: an answer is written
   out field by field, so that a column that is added tomorrow does not leave tomorrow.

`FormModel` is the same for forms and queries, where every value arrives as text: `"1"` is a number there.

Caveat: a route that answers with a row and names no model sends every column: name the model.
"""

from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic_core import CoreSchema

from buckler.input.bounds import bounded
from buckler.input.faults import fault

_PLAIN: Final = (dict, list, str, int, float, bool, bytes, type(None))


class StrictModel(BaseModel):
    """Takes exactly the fields it names, of exactly their types."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        from_attributes=False,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        regex_engine="rust-regex",
        str_strip_whitespace=False,
        revalidate_instances="never",
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_rows(cls, sent: Any) -> Any:
        # FastAPI reads the attributes of whatever an endpoint returns: fail closed before it does.
        if type(sent) is dict or isinstance(sent, _PLAIN):
            return cast("object", sent)
        raise fault("raw_row")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        strict = cls.model_config.get("strict") is not False
        return cast("CoreSchema", bounded(schema, cls, strict=strict, resolve=handler.resolve_ref_schema))


class FormModel(StrictModel):
    """The same where everything arrives as text: forms, and queries as `Annotated[Model, Query()]`."""

    model_config = ConfigDict(strict=False)
