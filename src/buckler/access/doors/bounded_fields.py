"""A bound for what each parameter of a route may cost where it does not fit (`input/bounded_validator.py`).

FastAPI keeps a `TypeAdapter` for each field, and validates with it. That attribute is private to FastAPI: its name
is here alone, and `tests/access/doors/test_bounded_fields.py` fails when it changes.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from pydantic import TypeAdapter

from buckler.input.bounded_validator import bound

ADAPTER: Final = "_type_adapter"


def bound_fields(dependant: Dependant) -> None:
    """Bound what this route and its dependencies read. Doing it again changes nothing."""
    for field in fields_of(dependant):
        adapter = adapter_of(field)
        if adapter is not None:
            bound(adapter)


def adapter_of(field: Any) -> TypeAdapter[Any] | None:
    """What FastAPI validates this parameter with."""
    return getattr(field, ADAPTER, None)


def fields_of(dependant: Dependant) -> Iterator[Any]:
    """Every parameter of a route and of its dependencies."""
    yield from chain(
        dependant.body_params,
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.path_params,
    )
    for inner in dependant.dependencies:
        yield from fields_of(inner)
