"""One way into an app, as the survey of its routes finds it."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.params import Form
from starlette.routing import BaseRoute, WebSocketRoute

from buckler.access.declarations.declaration import Declaration
from buckler.edge.lifting import Lifting
from buckler.edge.ours import is_ours


@dataclass(frozen=True, slots=True, eq=False)
class Mounted:
    """One mount around a door: two at one path are two."""

    path: str
    """With what stands around it."""
    host: str | None
    """The host that it is for, where it is a `Host`; None for any."""


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: the route object whose `handle` is called, and under which inclusion."""

    route: BaseRoute
    context: object | None
    path: str
    methods: frozenset[str] | None
    endpoint: object
    declarations: tuple[Declaration, ...]
    own_path: str
    """The path as the OpenAPI document of its own app names it."""
    app: FastAPI | None
    """The FastAPI app whose own route this is; None below an app of another kind."""
    default: tuple[Declaration, ...]
    """What the nearest app around it with a Buckler of its own says of routes that declare nothing."""
    trials: tuple[Lifting | None, ...] = ()
    """The trial of each app around it that has a Buckler of its own; None for one that is on none."""
    within: tuple[Mounted, ...] = ()
    """The mounts around it, outermost first; one that is a door itself is the last."""

    @property
    def dependant(self) -> Dependant | None:
        """What FastAPI calls the endpoint with, under this inclusion; None where it is no route of FastAPI."""
        found = getattr(self.context or self.route, "dependant", None)
        return found if isinstance(found, Dependant) else None

    @property
    def is_ours(self) -> bool:
        """Whether Buckler added it: no app needed it before."""
        return is_ours(self.route)

    @property
    def takes_parts(self) -> bool:
        """Whether FastAPI reads a form here: what comes in several parts is kept in files."""
        return self.dependant is not None and _reads_form(self.dependant)


def is_websocket(route: BaseRoute) -> bool:
    """Whether the route takes WebSockets."""
    return isinstance(route, WebSocketRoute)


def _reads_form(dependant: Dependant) -> bool:
    own = any(isinstance(field.field_info, Form) for field in dependant.body_params)
    return own or any(map(_reads_form, dependant.dependencies))
