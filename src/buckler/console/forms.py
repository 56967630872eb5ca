"""Forms as browsers send them, read with bounds; what was wrong stands beside its field (ASVS 2.2.1, 2.2.2).

1. `application/x-www-form-urlencoded` in UTF-8, at most 100 fields; the route bounds the bytes.
2. A field that the form does not have, and one that came twice where one is asked for, are faults of the whole form.
3. What was typed is kept for the next try, never a password. A code is kept where a form says so and it was not refused
   itself: a mistake in the password beside it would cost it otherwise, as the page took it out of the address. Whoever
   gets it back has sent it in this very request, and the page is stored nowhere. An empty field was not filled in.
4. A form of somebody who is signed in carries a token of the session. Where it is another's, nothing is done, the form
   says that it was stale, and what was typed stands there again (ASVS 3.5.1).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Annotated, Any, Final, Generic, TypeVar, cast, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from buckler.access.callers.session_cookie import is_csrf_token
from buckler.asgi import exchange_of
from buckler.edge.csrf_names import CSRF_FIELD
from buckler.input.faults import FAULTS
from buckler.input.models import FormModel
from buckler.input.passwords import Password

WHOLE: Final = ""
"""The key of what is wrong with all of a form."""
STALE: Final = (
    "This form was out of date, as you signed in again since it was opened. Nothing was done: look it over and send it"
    " once more."
)
_COMPARED: Final = "buckler.console.token-compared"
"""What a request is marked with: its scope alone is the same to whoever reads the form and to whoever asks for it."""
_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 100
_UNREADABLE: Final = "This could not be read as a form. Fill it in here and send it again."
_TWICE: Final = "A field of this form came twice. Fill it in here and send it again."
_UNKNOWN: Final = "This form has no such field. Fill it in here and send it again."
_EMPTY: Final = "Fill this in."
_TOLD: Final = {
    "enum": "Choose one of those that are offered.",
    "int_parsing": "Write a whole number in digits.",
    "literal_error": "Choose one of those that are offered.",
}
_ODD: Final = "This cannot be taken as it stands."

M = TypeVar("M", bound=FormModel)
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filled(Generic[M]):
    """A form as somebody sent it, or as it is shown first."""

    values: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """What may stand in its fields: texts, or tuples of texts where several can be chosen."""
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is wrong, by the field; under `WHOLE` what is wrong with all of it."""
    model: M | None = None
    """What it says; None where something is wrong."""

    @property
    def whole(self) -> str | None:
        """What is wrong with all of it."""
        return self.errors.get(WHOLE)

    @property
    def beside(self) -> Mapping[str, str]:
        """What is wrong with single fields."""
        return {name: words for name, words in self.errors.items() if name != WHOLE}

    def describes(self, name: str, hint: str | None) -> str:
        """The ids of what is said about a field, for `aria-describedby`."""
        return " ".join(filter(None, (f"{name}-hint" if hint else "", f"{name}-wrong" if name in self.errors else "")))

    def without(self, names: Iterable[str]) -> "Filled[M]":
        """The same form, where nothing stands in these fields."""
        left = set(names)
        return replace(self, values={name: value for name, value in self.values.items() if name not in left})

    def wrong(self, words: str, name: str = WHOLE) -> "Filled[M]":
        """The same form with something wrong about it."""
        return replace(self, errors={**self.errors, name: words}, model=None)


NOTHING: Final[Filled[Any]] = Filled(MappingProxyType({}), MappingProxyType({}))
"""A form that nobody has filled in yet."""


class Pressed(FormModel):
    """A form that is a button alone."""


async def read_form(
    request: Request, model: type[M], *, own: bool, keeps: frozenset[str] = frozenset()
) -> Filled[M]:  # fmt: skip
    """What the body says. `own`: it is a form of somebody who is signed in, and carries the token of the session.

    `keeps` are the codes that may be shown to their sender again.
    """
    pairs = await _pairs(request)
    if own:
        request.scope[_COMPARED] = True  # or there is no model below, and nothing can be done
    if pairs is None:
        return Filled(errors={WHOLE: _UNREADABLE})
    tokens = [value for name, value in pairs if name == CSRF_FIELD]
    filled = fill(model, [(name, value) for name, value in pairs if name != CSRF_FIELD], keeps)
    if own and not _is_current(request, tokens):
        return replace(filled, errors={WHOLE: STALE}, model=None)
    return filled


def was_compared(request: Request) -> bool:
    """Whether somebody read this form as one of a session, and so compared its token."""
    return request.scope.get(_COMPARED) is True


def read_query(request: Request, model: type[M]) -> Filled[M]:
    """What the query says, for lists that are filtered."""
    return fill(model, request.query_params.multi_items()[:_MOST_FIELDS])


def fill(model: type[M], pairs: Pairs, keeps: frozenset[str] = frozenset()) -> Filled[M]:
    """Judge the fields of a form by its model."""
    several, secret = _several(model), _secret(model)
    sent: dict[str, Any] = {}
    repeated = False
    for name, value in pairs:
        if name in several:
            sent[name] = (*sent.get(name, ()), value)
        elif value:
            repeated = repeated or name in sent
            sent[name] = value if name in secret else value.strip()
    hidden = secret - keeps
    values = {name: value for name, value in sent.items() if name in model.model_fields and name not in hidden}
    if repeated:
        return Filled(values, {WHOLE: _TWICE})
    try:
        return Filled(values, {}, model.model_validate(sent))
    except ValidationError as error:
        return Filled(values, _errors(error, model))


async def _pairs(request: Request) -> Pairs | None:
    """The fields in their order; None where the body is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        return None
    try:
        text = (await request.body()).decode("ascii")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        return None  # no ASCII, no UTF-8 in what is escaped, or too many fields


def _is_current(request: Request, tokens: Sequence[str]) -> bool:
    exchange = exchange_of(request.scope)
    return exchange is not None and len(tokens) == 1 and is_csrf_token(exchange, tokens[0].encode("utf-8", "replace"))


def _errors(error: ValidationError, model: type[FormModel]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in error.errors(include_input=False, include_url=False):
        name = str(each["loc"][0]) if each["loc"] else WHOLE
        # A name that is not ours is never told: it is a stranger's words.
        known = name in model.model_fields
        found.setdefault(name if known else WHOLE, _words(cast("Mapping[str, Any]", each)) if known else _UNKNOWN)
    return found


def _words(error: Mapping[str, Any]) -> str:
    kind, bounds = error["type"], error.get("ctx", {})
    if kind == "missing" or (kind == "string_too_short" and bounds.get("min_length") == 1):
        return _EMPTY
    if kind == "string_too_short":
        return f"Write at least {bounds['min_length']} characters."
    if kind == "string_too_long":
        return f"Write at most {bounds['max_length']:,} characters."
    if kind in _TOLD:
        return _TOLD[kind]
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"Write {bounds['ge']} or more." if "ge" in bounds else f"Write {bounds['le']} or less."
    return f"{error['msg']}." if kind in FAULTS else _ODD


def _several(model: type[FormModel]) -> frozenset[str]:
    """The fields of which many may come."""
    kinds = (list, tuple, set, frozenset)
    return frozenset(
        name
        for name, each in model.model_fields.items()
        if any((get_origin(kind) or kind) in kinds for kind in _alternatives(each.annotation))
    )


def _secret(model: type[FormModel]) -> frozenset[str]:
    """The fields whose text goes nowhere but where it is compared."""
    return frozenset(name for name, each in model.model_fields.items() if Password in _alternatives(each.annotation))


def _alternatives(annotation: object) -> tuple[object, ...]:
    """The types that a field may have: `str | None` has two."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    parts = get_args(annotation)
    return (annotation, *(found for part in parts for found in _alternatives(part)))
