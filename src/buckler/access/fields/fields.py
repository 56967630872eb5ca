"""Who may read and who may send a field of a model (ASVS 8.1.2, 8.2.3, 14.2.6; OWASP API3:2023).

1. What leaves: of the models that an endpoint answers with, the fields that the caller may not read are left out.
   Whatever the endpoint returned is made into the type that the route names first, and only then looked at.
2. What comes in: whoever sends a field and may not is refused with 403 `field-forbidden`, before the endpoint runs.
   What counts is what was sent, not what it says: a null is sent too, and so is the default. In forms, queries,
   headers and cookies a value that equals the default counts as not sent, for the endpoint too (`model_fields_set`):
   FastAPI does not always tell the two apart there.
3. Where nobody is known, as on a public route, nobody holds any permission.

The endpoint's call and the validator of its answer are replaced once, when the routes are judged. A route whose type
says nothing of what it answers (`dict`, `Any`, none at all) is looked at as soon as the process has made any guarded
model, and be it while the endpoint runs; so is one that answers with models, since an app may assign to a field what
its type does not say. Where there is no guarded model, nothing is looked at.

Caveat: what an app turns into bytes or dictionaries itself is its own matter: a `Response` leaves as it is.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import isawaitable
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined
from starlette.requests import HTTPConnection
from starlette.responses import Response

from buckler.access.declarations.declaration import Duty
from buckler.access.doors.door import Door
from buckler.access.doors.passage import Passage, Step
from buckler.access.fields.doors import Taken, answer_of, streamed_of, taken_by
from buckler.access.fields.guarded_models import contents_of, has_guarded_models
from buckler.access.fields.sending import Sent, is_as
from buckler.access.fields.views import View, Views
from buckler.access.fields.visible import is_any_written
from buckler.asgi import Exchange, exchange_of
from buckler.errors import Refusal
from buckler.refused import Refused

CONNECTION: Final = "connection of buckler for fields"
"""Not a name that a parameter can have."""
_WORK: Final = "fields_of_buckler"
_LONGEST_PATH: Final = 200
"""Characters of the path of a field in a refusal: who sent it chose some of them."""
_NOBODY: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class _Work:
    """What is done around the call of one endpoint."""

    call: Callable[..., Any]
    connection: str
    is_ours: bool
    """Whether the connection is an argument for us alone."""
    taken: tuple[Taken, ...]
    answers: bool
    judged: bool
    """Whether FastAPI makes the answer into a type of the route before it writes it."""
    by_type: bool
    """Whether pydantic writes it by a type; of a stream, each item."""
    around: list[object] = field(default_factory=list[object])
    """The function that does it."""


class Fields(Passage):
    """Hides what a caller may not read, and refuses what it may not send."""

    name = "fields"

    def __init__(self) -> None:
        self._views = Views()

    def step_for(self, duty: Duty) -> Step | None:
        """None: the body is not there yet, and the answer even less."""
        return None

    def prepare(self, judged: Sequence[tuple[Door, Duty]]) -> None:
        """Replace the calls of the endpoints that take or answer guarded fields. Doing it again changes nothing."""
        anywhere: bool | None = None
        for door, _ in judged:
            dependant = door.dependant
            if dependant is None or not isinstance(door.route, APIRoute):
                continue
            answer = answer_of(door)
            contents = contents_of(answer) if answer is not None else None
            # What a type leaves open is always looked at: its models may be made when the endpoint runs.
            answers = contents is None or contents.is_open or bool(contents.guarded)
            if not answers and contents is not None and contents.holds_objects:
                anywhere = has_guarded_models() if anywhere is None else anywhere
                answers = anywhere
            taken = tuple(each for each, inside in taken_by(dependant) if inside.guarded)
            if answers and answer is not None:
                _look_at_answers(answer, self._views)
            if answers or taken:
                by_type = answer is not None or streamed_of(door) is not None
                self._replace(dependant, taken, answers=answers, judged=answer is not None, by_type=by_type)

    def _replace(
        self, dependant: Dependant, taken: tuple[Taken, ...], *, answers: bool, judged: bool, by_type: bool
    ) -> None:
        before: _Work | None = getattr(dependant.call, _WORK, None)
        if before is not None and before.around != [dependant.call]:
            # Somebody has put a function of their own around ours, which goes on working inside.
            return
        call = before.call if before is not None else dependant.call
        if call is None:
            return
        own = dependant.http_connection_param_name
        is_ours = before.is_ours if before is not None else own is None
        work = _Work(call, own or CONNECTION, is_ours, taken, answers, judged, by_type)
        dependant.http_connection_param_name = work.connection
        dependant.call = self._around(work)

    def _around(self, work: _Work) -> Callable[..., Any]:
        views, call = self._views, work.call

        @wraps(call)
        def handed(**values: Any) -> Any:
            connection: HTTPConnection = values[work.connection]
            if work.is_ours:
                del values[work.connection]
            exchange = exchange_of(connection.scope)
            principal = exchange.principal if exchange is not None else None
            # Fail closed: nobody known, nothing held.
            view = views.of(principal.permissions if principal is not None else _NOBODY, judged=work.by_type)
            for taken in work.taken:
                found = _forbidden(taken, values.get(taken.name), view)
                if found is not None:
                    raise _refused(found, exchange)
            returned = call(**values)
            if not work.answers:
                return returned
            return _awaited(returned, view, work) if isawaitable(returned) else _seen(returned, view, work)

        work.around.append(handed)
        setattr(handed, _WORK, work)
        return handed


class Answer:
    """What an endpoint returned, on its way to what judges it, with who will see it."""

    __slots__ = ("returned", "view")

    def __init__(self, returned: Any, view: View) -> None:
        self.returned = returned
        self.view = view


class AnswerValidator:
    """Stands in the place of an answer's validator: what it lets pass has nothing in it that is hidden."""

    def __init__(self, theirs: Any, views: Views) -> None:
        self._theirs = theirs
        self._views = views

    def __getattr__(self, name: str) -> Any:
        return getattr(self._theirs, name)

    def validate_python(self, value: Any, **options: Any) -> Any:
        """Validate as pydantic does, then hide. Raises `ValidationError`."""
        if isinstance(value, Answer):
            return value.view.of(self._theirs.validate_python(value.returned, **options))
        judged = self._theirs.validate_python(value, **options)
        # Fail closed: whoever brought this did not say who will see it.
        return self._views.of(_NOBODY, judged=True).of(judged) if is_any_written() else judged


def _look_at_answers(adapter: TypeAdapter[Any], views: Views) -> None:
    if not isinstance(adapter.validator, AnswerValidator):
        looking: Any = AnswerValidator(adapter.validator, views)
        adapter.validator = looking


def _seen(returned: Any, view: View, work: _Work) -> Any:
    if isinstance(returned, Response):
        return returned
    if not is_any_written() and not isinstance(returned, Iterator | AsyncIterator):
        # No guarded model was made, and this makes no more.
        return returned
    return Answer(returned, view) if work.judged else view.of(returned)


async def _awaited(returned: Awaitable[Any], view: View, work: _Work) -> Any:
    return _seen(await returned, view, work)


def _forbidden(taken: Taken, value: Any, view: View) -> Sent | None:
    default = taken.field.default
    if value is None or (default is not PydanticUndefined and is_as(value, default)):
        return None
    found = view.forbidden_in(value, taken.path, defaults_count=taken.defaults_count)
    if found is not None and taken.dashed:
        return replace(found, path=found.path.replace("_", "-"))
    return found


@dataclass(frozen=True, slots=True)
class _Refuser:
    """Who refused: this defence, by a `Visible`."""

    where: str

    def named(self) -> str:
        return Fields.name

    def declared_at(self, exchange: Exchange) -> str:
        return self.where


def _refused(found: Sent, exchange: Exchange | None) -> Refused:
    """The refusal, which nothing of the app takes the place of."""
    known = exchange is not None and exchange.principal is not None
    refusal = Refusal(
        403,
        "field-forbidden",
        f"This account may not send the field {found.path[:_LONGEST_PATH]}."
        if known
        else f"Only an account with a right to it may send the field {found.path[:_LONGEST_PATH]}.",
        ((b"www-authenticate", b'Bearer error="insufficient_scope"'),) if known else (),
        # An alarm for callers who are known: anybody else can cause it as often as they like.
        "authz_fail" if known else "sys_request_refused",
    )
    if exchange is not None:
        exchange.reason = f"lacks {found.permission} to send {found.field}"
        exchange.refusal, exchange.by = refusal, _Refuser(found.where)
    return Refused(refusal)
