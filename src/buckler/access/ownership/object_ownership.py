"""The dependency that hands over the object: loaded by its path parameter, for the caller whom the guard let in."""

from collections.abc import Iterable, Mapping
from inspect import Parameter, Signature
from typing import Any, Final, Generic, cast

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from buckler.access.declarations.declaration import Duty, ObjectDeclaration, refused_in
from buckler.access.ownership.columns import mapper_of
from buckler.access.ownership.finding import found_by
from buckler.access.ownership.rule import Model, Rule
from buckler.access.ownership.sessions import annotation_of, load_in, same_session
from buckler.access.ownership.spelling import spelled
from buckler.access.ownership.viewer import Viewer
from buckler.asgi import Exchange, exchange_of
from buckler.clock import SystemClock
from buckler.errors import ConfigurationError
from buckler.events import EventLog
from buckler.principal import Principal

_UUID_LENGTH: Final = 32
"""Letters of an id of our own accounts: those of a UUID without its dashes."""
_NO_SESSION = "Write session=get_session there, or once for all of them: Buckler(app, session=get_session)."


class ObjectOwnership(ObjectDeclaration, Generic[Model]):
    """Whose the objects of one model are, as a declaration of a route."""

    def __init__(
        self, rule: Rule[Model], where: str, *, session: object | None, param: str | None,
        parents: tuple[str, ...] | None,
    ) -> None:  # fmt: skip
        self.rule = rule
        self.where = where
        self.model = rule.model
        self.model_name = rule.model.__name__
        self.param = param
        self.parents = parents
        self.unless = rule.unless
        self._session = session
        self._events: EventLog | None = None
        self.__signature__ = self._sign()

    def __str__(self) -> str:
        return f"Owned({self.model_name})"

    async def __call__(self, connection: HTTPConnection, session: object = None) -> Model:  # type: ignore[override]
        """Hand over the object that the path names. Raises `Refused`: 404 where the caller sees none, 403 undecided."""
        exchange = exchange_of(connection.scope)
        viewer = getattr(exchange, "viewer", None)
        decision = exchange.decision if exchange is not None else None
        if (
            exchange is None
            or not isinstance(viewer, Viewer)
            or not isinstance(decision, Duty)
            or self not in decision.objects
        ):
            # Fail closed: the guard decided nothing about this object.
            raise refused_in(exchange)
        path: Mapping[str, Any] = connection.path_params
        key = path.get(decision.objects[self])
        parents = {name: path.get(spelled(name, tuple(path)) or name) for name in self.parents or ()}
        sight = viewer.sight(self.rule)
        found, own = await load_in(session, lambda sync: found_by(sync, self.rule, sight, key, parents))
        if sight.lifted and not own:
            self.tell(viewer.principal, key, exchange)
        viewer.seen.add(self)
        return found

    def tell(self, who: Principal, key: object, exchange: Exchange | None = None) -> None:
        """Write down that somebody reached what is not theirs, by a permission (ASVS 16.3.3)."""
        if self._events is None:
            # No route has it, so no app has given its log: it is told all the same.
            self._events = EventLog(SystemClock())
        self._events.emit("authz_override", exchange, model=self.model_name, object=str(key), account=who.id)

    def report_to(self, events: EventLog) -> None:
        self._events = events

    def adopt(self, session: object | None) -> tuple[str, str] | None:
        try:
            self.rule.settle()
        except ConfigurationError as error:
            return f"{self.where}: {self}", str(error)
        if self._session is None:
            if session is None:
                return f"{self.where}: {self} has no session to load from.", _NO_SESSION
            self._session, self._adopted = session, True
            self.__signature__ = self._sign()
        elif getattr(self, "_adopted", False) and session is not None and not same_session(self._session, session):
            return (
                f"{self.where}: {self} stands in two apps that have sessions of their own.",
                "Write session=... on it, or an Owned for each.",
            )
        return None

    def supply(self, dependant: Dependant) -> None:
        if not dependant.dependencies:
            dependant.dependencies.extend(self._looked_at(dependant.path or "/").dependencies)

    def described(self) -> dict[str, object]:
        return {**self.rule.said(), "param": self.param}

    def misbinding(self, parent: str, other: ObjectDeclaration) -> tuple[str, str] | None:
        """Without foreign keys it is taken for the parent's primary key, as the app says it is."""
        theirs: Rule[Any] | None = getattr(other, "rule", None)
        if theirs is None:
            return None
        column, key = self.rule.within[parent], theirs.key
        leads_to = {foreign.column for foreign in column.attribute.property.columns[0].foreign_keys}
        primary = list(mapper_of(theirs.model).primary_key)
        names = list(key.attribute.property.columns)
        if leads_to.intersection(names) or (not leads_to and names == primary):
            return None
        return str(column.attribute), str(key.attribute)

    def unmet(self, ids: Iterable[str], *, tenants: bool) -> tuple[str, str] | None:
        known, owner, tenant = list(ids), self.rule.owner, self.rule.tenant
        if tenant is not None and not tenants:
            what = f"tenant={tenant.attribute}, and no caller of this app has a tenant: nobody would ever see one."
            remedy = "Leave tenant= away. Tenants come from Issuer(..., tenant=...) or an authenticator of yours."
            return f"{self.where}: {self}: {what}", remedy
        if owner is None or not known or any(owner.value_of(each) is not None for each in known):
            return None
        longest = max(map(len, known))
        what = f"owner={owner.attribute} holds no id of a caller of this app, a text of {longest} letters"
        kinds = f"String({longest}) or a Uuid" if longest == _UUID_LENGTH else f"String({longest})"
        remedy = f"Make the column a {kinds}, and write Principal.id into it."
        return f"{self.where}: {self}: {what}: nobody would ever see their own.", remedy

    def parameters(self, name: str) -> dict[str, dict[str, object]]:
        """The path parameters that it reads."""
        parents = {parent: self.rule.within[parent].schema() for parent in self.parents or ()}
        return {**parents, name: self.rule.key.schema()}

    def _sign(self) -> Signature:
        """What FastAPI solves for it: the connection, and the app's own session."""
        parameters = [Parameter("connection", Parameter.POSITIONAL_OR_KEYWORD, annotation=HTTPConnection)]
        if self._session is not None:
            annotation = annotation_of(self._session)
            parameters.append(Parameter("session", Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation))
        return Signature(parameters)

    def _looked_at(self, path: str) -> Dependant:
        """What FastAPI makes of it on a route of this path, by way of a route that nobody can reach."""
        from fastapi.params import Depends

        async def nobody() -> None:
            """Never called."""

        router = APIRouter()
        router.add_api_route(path, nobody, dependencies=[Depends(self)])
        route: Any = router.routes[0]
        return cast("Dependant", route.dependant.dependencies[0])
