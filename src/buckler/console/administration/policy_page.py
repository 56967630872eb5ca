"""`/console/policy`: what every route asks, and who may: the same table that the guard looks up (ASVS 8.1.1)."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.roles import READ_POLICY
from buckler.access.policy.policy import May, Policy, RoutePolicy
from buckler.access.policy.tables import limits_of, methods_of, notes_of, who_of
from buckler.console.administration.places import POLICY
from buckler.console.answering import Answering
from buckler.console.forms import Filled, read_query
from buckler.console.page_routes import show_page
from buckler.console.surroundings import Surroundings
from buckler.input.models import FormModel
from buckler.input.texts import text_of

ANYBODY: Final = "anybody"
SIGNED_IN: Final = "signed-in"
BUCKLER: Final = "buckler"
"""The source of the routes that nobody wrote: they stand behind those of the app."""
SOURCES: Final = (
    ("declared", "By the route itself"),
    ("default", "By the default of the app"),
    (BUCKLER, "By Buckler, for its own routes"),
)
_ROLE: Final = "role:"
MARKS: Final[dict[May, tuple[str, str]]] = {
    "yes": ("✓", "may"),
    "no": ("·", "may not"),
    "own_objects": ("own", "may, with objects of its own"),
    "depends": ("if", "may, on a condition or with a fresh proof"),
}
"""For each answer a short mark, and what it means."""


class PolicyFilters(FormModel):
    """The filters, as the query has them."""

    find: Annotated[str | None, text_of(longest=200)] = None
    who: Annotated[str | None, text_of(longest=220)] = None
    source: Literal["declared", "default", "buckler"] | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """One route, as the table shows it."""

    methods: tuple[str, ...]
    path: str
    who: str
    limits: str
    notes: str
    endpoint: str | None
    source: str
    marks: tuple[May, ...]
    """For a caller who is nobody, for one without a role, and for each role."""

    def says(self, text: str) -> bool:
        """Whether the text stands anywhere in it."""
        said = " ".join((*self.methods, self.path, self.who, self.limits, self.notes, self.endpoint or ""))
        return text.casefold() in said.casefold()


class PolicyPage:
    """The table, with its filters. Bad ones give the whole table, and say what was wrong with them."""

    def __init__(self, around: Surroundings, answering: Answering) -> None:
        self._around = around
        self._answering = answering

    def routes(self) -> list[Route]:
        """The page, where some role may read it."""
        return [show_page(POLICY, self.show, READ_POLICY)] if self._around.roles.grant(READ_POLICY) else []

    async def show(self, request: Request) -> Response:
        """What every route asks."""
        policy = self._around.policy()
        callers = callers_of(policy)
        form = _judged(read_query(request, PolicyFilters), callers)
        wanted = form.model or PolicyFilters()
        doors = [door for each in policy.routes if _fits(door := _door(each), wanted, callers)]
        context = {
            "doors": [each for each in doors if each.source != BUCKLER], "all": len(policy.routes), "policy": policy,
            "ours": [each for each in doors if each.source == BUCKLER],
            "callers": callers, "sources": SOURCES, "marks": MARKS, "form": form,
        }  # fmt: skip
        return self._answering.view.page(request, "administration/policy.html", context)


def callers_of(policy: Policy) -> list[tuple[str, str]]:
    """The kinds of callers, with the word that a query has for each, in the order of the columns."""
    roles = [(f"{_ROLE}{name}", name) for name in sorted(policy.roles or ())]
    return [(ANYBODY, "Anybody"), (SIGNED_IN, "Signed in"), *roles]


def _judged(form: Filled[PolicyFilters], callers: list[tuple[str, str]]) -> Filled[PolicyFilters]:
    if form.model is not None and form.model.who is not None and form.model.who not in dict(callers):
        return form.wrong("There is no such caller. Choose one of those that are offered.", "who")
    return form


def _fits(door: Door, wanted: PolicyFilters, callers: list[tuple[str, str]]) -> bool:
    if wanted.find is not None and not door.says(wanted.find):
        return False
    if wanted.source is not None and door.source != wanted.source:
        return False
    if wanted.who is None:
        return True
    return door.marks[[word for word, _ in callers].index(wanted.who)] != "no"


def _door(route: RoutePolicy) -> Door:
    roles: tuple[May, ...] = tuple(route.may.roles[name] for name in sorted(route.may.roles))
    return Door(
        methods=tuple(methods_of(route).split(",")), path=route.path, who=who_of(route), limits=limits_of(route),
        notes=notes_of(route), endpoint=route.endpoint,
        source=BUCKLER if route.added_by_buckler else route.source,
        marks=(route.may.anonymous, route.may.signed_in, *roles),
    )  # fmt: skip
