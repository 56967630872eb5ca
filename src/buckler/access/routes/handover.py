"""Handing the caller to an endpoint without a dependency of its own.

FastAPI solves each dependency anew on every request, which costs more than all of the guard. A
declaration has nothing to solve: the guard has decided already. So when a route is judged, the
declarations written on it directly leave FastAPI's list of dependencies, and the endpoint's call
gets the caller put in. What the dependency would have refused is refused here: an endpoint whose
declarations the guard's decision does not cover is never called.

Declarations inside other dependencies stay where they are, and so does `Owned`, which hands over an object.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from buckler.access.declarations.declaration import Declaration, ObjectDeclaration, covers, refused_in
from buckler.asgi import exchange_of

CONNECTION: Final = "connection of buckler"
"""Not a name that a parameter can have."""
_DECLARED: Final = "declarations_of_buckler"


def compile_declarations(dependant: Dependant) -> None:
    """Take the declarations of a route out of its dependencies. Doing it again changes nothing."""
    direct = [inner for inner in dependant.dependencies if _hands_over_caller(inner)]
    call = dependant.call
    if not direct or call is None:
        return
    declared = tuple(inner.call for inner in direct if isinstance(inner.call, Declaration))
    names = tuple(inner.name for inner in direct if inner.name is not None)
    keep = dependant.http_connection_param_name
    dependant.dependencies[:] = [inner for inner in dependant.dependencies if not _hands_over_caller(inner)]
    dependant.http_connection_param_name = keep or CONNECTION
    dependant.call = _handing_over(call, declared, names, keep)


def compiled_declarations(dependant: Dependant) -> tuple[Declaration, ...]:
    """The declarations that `compile_declarations` took out."""
    return getattr(dependant.call, _DECLARED, ())


def _hands_over_caller(inner: Dependant) -> bool:
    return isinstance(inner.call, Declaration) and not isinstance(inner.call, ObjectDeclaration)


def _handing_over(
    call: Callable[..., Any], declared: tuple[Declaration, ...], names: tuple[str, ...], keep: str | None
) -> Callable[..., Any]:
    """`call` with the caller under each of `names`. Whatever it returns to be awaited is returned as it is."""

    @wraps(call)
    def handed(**values: Any) -> Any:
        connection: HTTPConnection = values[keep] if keep is not None else values.pop(CONNECTION)
        exchange = exchange_of(connection.scope)
        if exchange is None or not covers(exchange.decision, declared):
            # Fail closed: an endpoint is never the place of the decision.
            raise refused_in(exchange)
        for name in names:
            values[name] = exchange.principal
        return call(**values)

    setattr(handed, _DECLARED, declared)
    return handed
