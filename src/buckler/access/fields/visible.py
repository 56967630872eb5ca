"""What an app writes on a field of a model: `Visible`. And what stands in the place of a value that may not leave.

`Visible` is a pydantic `FieldInfo`, so that it adds up with the others on its field. It makes pydantic leave the field
out where its value is `HIDDEN`, and brings a `FieldGuard`, which says who may.

`HIDDEN` has no form in JSON: where anything goes wrong it ends in an error, and never in the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, Final, NoReturn

from pydantic import GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from buckler.access.declarations.permissions import check_need
from buckler.access.declarations.sources import line_outside
from buckler.errors import ConfigurationError

ANYBODY: Final = "anybody"
"""What is written for whoever may call the route. No permission is spelled so: each has a colon."""
READ: Final = "x-read-permission"
WRITE: Final = "x-write-permission"
"""Where the OpenAPI document says of a field what it needs."""
_ALONE: Final = (
    'Visible stands on a field, around the whole of its type and with brackets: salary: Annotated[int | None, Visible("'
    'salaries:read")]. Inside a union or a list, on a type alone or on what a computed field returns there is no field'
    " that could be left out of an answer."
)


_written: Final = [False]


def is_any_written() -> bool:
    """Whether this process has written any `Visible` yet."""
    return _written[0]


class Hidden:
    """The one value `HIDDEN`: it says nothing, and nothing can be worked out with it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "HIDDEN"

    def __bool__(self) -> NoReturn:
        raise TypeError("a hidden field is neither true nor false")

    def __copy__(self) -> "Hidden":
        return self

    def __deepcopy__(self, _: object) -> "Hidden":
        return self


HIDDEN: Final = Hidden()


def is_hidden(value: object) -> bool:
    """Whether this is the place of a value that may not leave."""
    return value is HIDDEN


def words_of(read: str | None, write: str | None) -> str:
    """What the document of the API says of a field that needs this."""
    if read == write:
        return f"Only with `{read}`."
    told = (("Read", read), ("Sent", write))
    return " ".join(f"{how} only with `{permission}`." for how, permission in told if permission is not None)


@dataclass(frozen=True, slots=True)
class FieldGuard:
    """Who may read and who may write one field. None: whoever may call the route."""

    read: str | None
    write: str | None
    where: str
    """The file and the line of its `Visible`."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The field's schema with what it needs."""
        told: Mapping[str, str | None] = {READ: self.read, WRITE: self.write}
        return {
            "description": words_of(self.read, self.write),
            **handler(schema),
            **{name: permission for name, permission in told.items() if permission is not None},
        }


class Visible(FieldInfo):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues] - as FastAPI's own are
    """Say who may read a field of a model in an answer, and who may send it.

    `salary: Annotated[int, Visible("salaries:read", write="salaries:write")]`. Without `write` the same permission is
    needed for both. `"anybody"` in the place of one is whoever may call the route, as in
    `Visible("anybody", write="roles:write")`.

    Whoever may not read it gets the answer without the field. Whoever sends it and may not is refused: 403
    `field-forbidden`. It works where a route names a model for what it takes or answers, at any depth. It changes
    nothing of what `model_dump()` gives the app itself.

    Raises `ConfigurationError` for what is no permission, where it guards nothing, and where it does not stand on a
    field; where no role grants a permission, the app does not start. ASVS 8.1.2, 8.2.3.
    """

    __slots__ = ()

    def __init__(self, read: str, *, write: str | EllipsisType = ...) -> None:
        where = line_outside({__file__})
        sent = read if isinstance(write, EllipsisType) else write
        needed_to_read, needed_to_send = _needed(read, where), _needed(sent, where)
        if needed_to_read is None and needed_to_send is None:
            raise ConfigurationError(
                f"{where}: Visible({ANYBODY!r}) guards nothing: everybody may read and send the field. Name a"
                " permission, as in Visible('salaries:read'), or leave it away."
            )
        super().__init__(exclude_if=is_hidden)
        self.metadata.append(FieldGuard(needed_to_read, needed_to_send, where))
        _written[0] = True

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> NoReturn:
        """Asked by pydantic only where this does not stand on a field. Raises `ConfigurationError`."""
        raise ConfigurationError(_ALONE)


def _needed(permission: object, where: str) -> str | None:
    """The permission that is needed, or None where nobody needs any. Raises `ConfigurationError`."""
    if permission == ANYBODY:
        return None
    if permission is None:
        raise ConfigurationError(
            f"{where}: Visible: None could be nobody or everybody. Write {ANYBODY!r} for whoever may call the route,"
            f" as in Visible('salaries:read', write={ANYBODY!r}), or a permission."
        )
    if not isinstance(permission, str):
        raise ConfigurationError(f"{where}: Visible({permission!r}): write one permission as a text.")
    try:
        check_need(permission)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: Visible({permission!r}): {error}") from None
    return permission
