"""What FastAPI keeps in the scope of a request, under names that are its own; they are written here and nowhere else.

`tests/test_fastapi_scope.py` fails when one of them changes.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import BaseRoute

INNER: Final = "fastapi"
INCLUSION: Final = "effective_route_context"
"""Where the inclusion of a router stands that a request came by."""
TELEMETRY: Final = "fastapi.telemetry"
"""Where FastAPI keeps what it traces of a request; it is not there where nothing traces."""


def inclusion_in(scope: Mapping[str, Any]) -> Any:
    """The inclusion of a router under which the route of this request stands; None for a direct route."""
    inner = scope.get(INNER)
    return inner.get(INCLUSION) if inner else None


def inclusion_of(scope: Mapping[str, Any], route: BaseRoute) -> Any:
    """The same, where it is one of `route`."""
    found = inclusion_in(scope)
    return found if found is not None and found.original_route is route else None
