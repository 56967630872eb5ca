"""What somebody can call first on an app that was just started."""

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant

from buckler.access.declarations.declaration import Publicity, Requirement, says_who_may_call
from buckler.access.doors.door import Door
from buckler.access.routes.docs_page.documentation import is_documentation
from buckler.access.routes.fastapi_tree import survey


def first_call(app: FastAPI, *, development: bool) -> str | None:
    """The path of the first GET route that anybody may call as it stands, else the document of the API, if shown.

    None where there is neither. The routes of the app itself stand before those of Buckler.
    """
    found = next((door.path for door in survey(app).doors if _is_open(door)), None)
    return found or (app.openapi_url if development else None)


def _is_open(door: Door) -> bool:
    declared = door.declarations if says_who_may_call(door.declarations) else (*door.declarations, *door.default)
    return (
        "GET" in (door.methods or ())
        and "{" not in door.path
        and not is_documentation(door)
        and any(isinstance(each, Publicity) for each in declared)
        and not any(isinstance(each, Requirement) for each in declared)
        and not _asks(door.dependant)
    )


def _asks(dependant: Dependant | None) -> bool:
    """Whether something must come with the request, for the route or for what it depends on."""
    if dependant is None:
        return False
    fields = (*dependant.query_params, *dependant.header_params, *dependant.cookie_params, *dependant.body_params)
    return any(each.field_info.is_required() for each in fields) or any(map(_asks, dependant.dependencies))
