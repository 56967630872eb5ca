"""The twin of a field type: what a plain pydantic model would have taken."""

from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

Takes = Callable[[Any], bool]


def taking(kind: Any) -> Takes:
    """Whether a value is taken by `kind`."""
    adapter = TypeAdapter[Any](kind)

    def takes(value: Any) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    return takes


def value_of(kind: Any, value: Any) -> Any:
    """`value` as `kind` makes it."""
    return TypeAdapter[Any](kind).validate_python(value)


def kinds_of(kind: Any, value: Any) -> list[str]:
    """The kinds of error that `kind` has about `value`."""
    try:
        value_of(kind, value)
    except ValidationError as error:
        return [each["type"] for each in error.errors()]
    return []
