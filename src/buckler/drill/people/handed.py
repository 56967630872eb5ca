"""What an answer hands out: tokens in its JSON, and cookies that it sets."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from buckler.drill.people.fields import Way
from buckler.drill.plan.schema import Schema, Schemas
from buckler.drill.transport.answer import Answer

_ACCESS: Final = (
    *("accesstoken", "authtoken", "token", "jwt", "jwttoken", "bearertoken", "bearer", "authenticationtoken"),
    *("authorization", "sessiontoken", "apikey", "apitoken", "sessionid", "session", "idtoken", "key", "secretkey"),
)
"""Names of what is shown later, the surest first; written as one word in small letters."""
_KEYS: Final = frozenset(("apikey", "key", "secretkey"))
_REFRESH: Final = ("refreshtoken", "refresh")
_CSRF: Final = ("csrftoken", "xsrftoken", "csrf", "xsrf")
_TOKENS: Final = frozenset(_ACCESS[: _ACCESS.index("authorization")])
"""What is called so is a token, however short: a tutorial's is the name of the account."""
_SHORTEST: Final = 8
_SHORTEST_ALONE: Final = 16
"""Characters of a token that is the whole answer."""
_DEEPEST: Final = 5
_GONE: Final = re.compile(r"max-age=(0|-\d+)(;|$)|expires=[^;]*\b(19\d\d|200\d|201\d)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Handed:
    """What signing in gave. An empty text where it gave nothing of the kind."""

    token: str = ""
    at: Way = ()
    is_key: bool = False
    """Whether it is called a key, which seldom goes into `Authorization`."""
    token_type: str = ""
    refresh: str = ""
    refresh_at: Way = ()
    csrf: str = ""
    csrf_at: Way = ()
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to show."""
        return not self.token and not self.cookies

    @property
    def session_cookie(self) -> str:
        """The name of the cookie that most likely says who is calling."""
        likely = re.compile(r"sess|auth|sid|access|token|jwt|login|user", re.IGNORECASE)
        unlike = re.compile(r"csrf|xsrf|refresh|device|lang|theme|consent", re.IGNORECASE)
        names = [name for name in self.cookies if not unlike.search(name)] or list(self.cookies)
        return next((name for name in names if likely.search(name)), next(iter(names), ""))


def handed(answer: Answer, told: Way | None = None) -> Handed:
    """What an answer gives; `told` is the way to the token where somebody said it."""
    if answer.meant >= 400 or answer.failure:
        return Handed()
    said = answer.json() if answer.media.endswith("json") or told is not None else None
    cookies = cookies_of(answer)
    token, at = ("", ()) if told is None else (_at(said, told), told)
    if told is None and answer.worked:
        token, at = _first(said, _ACCESS) or _alone(said)
    refresh, refresh_at = _first(said, _REFRESH) or ("", ())
    csrf, csrf_at = _first(said, _CSRF) or ("", ())
    kind, _ = _first(said, ("tokentype",), least=1) or ("", ())
    is_key = bool(at) and _flat(at[-1]) in _KEYS
    return Handed(token, at, is_key, kind, refresh, refresh_at, csrf, csrf_at, cookies)


def cookies_of(answer: Answer) -> Mapping[str, str]:
    """The cookies that an answer sets, without those that it takes away."""
    found: dict[str, str] = {}
    for line in answer.all("set-cookie"):
        pair, _, rest = line.partition(";")
        name, _, value = pair.strip().partition("=")
        gone = not value.strip('"') or _GONE.search(rest)
        if gone:
            found.pop(name, None)
        elif name:
            found[name] = value
    return found


def has_token(schemas: Schemas, schema: Schema) -> bool:
    """Whether an answer of this schema gives something to show."""
    return token_way(schemas, schema) is not None


def token_way(schemas: Schemas, schema: Schema) -> Way | None:
    """The way to the token in an answer of this schema."""
    ways = [way for way, _ in schemas.leaves(schema) if way]
    for name in _ACCESS[:-1]:
        for way in ways:
            if _flat(way[-1]) == name:
                return way
    return None


def refresh_way(schemas: Schemas, schema: Schema) -> Way:
    """The way to a refresh token; empty where there is none."""
    return next((way for way, _ in schemas.leaves(schema) if way and _flat(way[-1]) in _REFRESH), ())


def _first(said: object, names: tuple[str, ...], least: int = _SHORTEST) -> tuple[str, Way] | None:
    texts = [(value, way) for value, way in _texts(said, ()) if way and value]
    for name in names:
        for value, way in texts:
            if _flat(way[-1]) == name and (len(value) >= least or name in _TOKENS):
                return value, way
    return None


def _alone(said: object) -> tuple[str, Way]:
    """A token that is the whole answer, as a JSON text."""
    alone = isinstance(said, str) and len(said) >= _SHORTEST_ALONE and re.fullmatch(r"[\w.~+/=-]+", said)
    return (cast("str", said), ()) if alone else ("", ())


def _texts(said: object, way: Way) -> Iterator[tuple[str, Way]]:
    if isinstance(said, str):
        yield said, way
    elif isinstance(said, Mapping) and len(way) < _DEEPEST:
        for name, inner in cast("Mapping[str, object]", said).items():
            yield from _texts(inner, (*way, str(name)))


def _at(said: object, way: Way) -> str:
    for step in way:
        said = cast("Mapping[str, object]", said).get(step) if isinstance(said, Mapping) else None
    return said if isinstance(said, str) else ""


def _flat(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
