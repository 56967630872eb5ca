"""What pages of other origins may here: which of them read an answer, and which may send what changes something.

`Readers` is the one place that knows, of `Cors` or else of the app's own CORS middleware. `cors` asks it who may read,
`csrf` how far an origin is trusted with sending, and the edge which fields a refusal has.

Caveat: a pattern of the app's own middleware can only be tried, with origins that nobody lists.
"""

from collections.abc import Iterable
from enum import Enum, auto
from inspect import isclass
from typing import Any, Final

from starlette.middleware.cors import CORSMiddleware

from buckler.asgi import Exchange, Receive, Scope, Send, path_below_root
from buckler.edge.cors_policy import ANYBODY, Cors
from buckler.edge.refusal_cors import ALLOW_ORIGIN, CREDENTIALS, EXPOSE, VARY, Pairs, kept

_ORIGIN: Final = b"origin"
_ANYBODY: Final = ANYBODY.encode()
_NULL: Final = "null"
_STRANGERS: Final = (
    "https://evil.test",
    "https://a.stranger.example",
    "http://evil.test:8080",
    "https://evil-7f3a91.com",
    _NULL,
)
"""Origins that nobody lists: who lets one of them in lets in all."""
_TWO: Final = (
    "CORSMiddleware beside Cors(...) or BUCKLER_CORS_ORIGINS: two policies, and a browser needs one. Take the"
    " middleware out; Cors(origins, credentials=..., methods=..., headers=...) says the same."
)
_LONGEST_ORIGIN: Final = 300
"""A host name has 253 characters at most."""


class Trust(Enum):
    """How far pages of a foreign origin may send requests that change something."""

    NONE = auto()
    ASKED = auto()
    """Let in by a star or a pattern: only what a browser asked leave for. With a star that goes without cookies."""
    LISTED = auto()
    """Listed by itself: what its scripts send by CORS, without cookies."""
    FULL = auto()
    """Listed by itself with credentials: as pages of ours."""


class Readers:
    """The one place that knows whose pages may read: by `Cors`, or else by the app's own CORS middleware."""

    def __init__(self, own: Cors | None = None, closed: Iterable[str] = ()) -> None:
        """`closed`: paths of ours, with all below, that no page of another origin reads."""
        self._policy: CORSMiddleware | None = None
        self.own = own
        self._closed = tuple(closed)
        self._origins = (
            frozenset(each.encode("ascii") for each in own.origins) if own is not None else frozenset[bytes]()
        )
        self._is_open = _ANYBODY in self._origins
        self._told = _own_fields(own)

    def learn(self, middleware: Iterable[Any]) -> None:
        """Take the policy of the app, known when it starts: until then middleware may be added.

        `middleware` as the app keeps it: a class, with what it is made from. The outermost one of CORS counts.
        """
        self._policy = next(iter(_policies(middleware)), None)

    def trust_in(self, origin: bytes, path: str = "") -> Trust:
        """How far this foreign origin is trusted; at a closed `path` not at all: signing in is an attack too."""
        if self._is_closed(path):
            return Trust.NONE
        if self.own is not None:
            if self._is_open:
                return Trust.ASKED
            listed = Trust.FULL if self.own.credentials else Trust.LISTED
            return listed if origin in self._origins else Trust.NONE
        policy, text = self._policy, origin.decode("latin-1")
        if policy is None or len(origin) > _LONGEST_ORIGIN or text == _NULL or not policy.is_allowed_origin(text):
            return Trust.NONE
        if policy.allow_all_origins or text not in policy.allow_origins:
            return Trust.ASKED
        return Trust.FULL if policy.allow_credentials else Trust.LISTED

    def may_read(self, origin: bytes, exchange: Exchange) -> bool:
        """Whether `Cors` lets pages of this origin read what the request asks for."""
        if not (self._is_open or origin in self._origins):
            return False
        return not self._is_closed(path_below_root(exchange.scope))

    def _is_closed(self, path: str) -> bool:
        return any(path == each or path.startswith(each + "/") for each in self._closed)

    def fields(self, exchange: Exchange) -> Pairs:
        """What an answer to this request says of CORS; nothing where there is no policy."""
        origin = exchange.header(b"origin")
        if self.own is None:
            return self._fields_of_app(origin)
        if origin is None or _ORIGIN in exchange.repeated or not self.may_read(origin, exchange):
            return () if self._is_open else (VARY,)
        return ((ALLOW_ORIGIN, b"*" if self._is_open else origin), *self._told)

    def for_refusal(self, exchange: Exchange, readable: Pairs) -> Pairs:
        """The same for a refusal. `readable` is what the answer had that it replaces: the word of the app's own."""
        return readable if self.own is None and len(readable) > 1 else self.fields(exchange) or readable

    def _fields_of_app(self, origin: bytes | None) -> Pairs:
        if self._policy is None or origin is None:
            return ()
        # A pattern of the app's own is not given a text that no origin is.
        if len(origin) > _LONGEST_ORIGIN or not self._policy.is_allowed_origin(origin.decode("latin-1")):
            return (VARY,)
        own = [(name.lower().encode(), value.encode("latin-1")) for name, value in self._policy.simple_headers.items()]
        named = not self._policy.allow_all_origins or self._policy.allow_credentials
        return kept(origin, [*own, *(((ALLOW_ORIGIN, origin),) if named else ())])


def faults_of_cors(middleware: Iterable[Any], own: Cors | None) -> list[str]:
    """Why an app may not start with the CORS middleware that it has; each with its remedy."""
    found = _policies(middleware)
    if found and own is not None:
        return [_TWO]
    return [told for told in map(_open_with_credentials, found) if told is not None]


def _open_with_credentials(policy: CORSMiddleware) -> str | None:
    """Whether strangers' pages could read what their visitors can; tried, since a pattern can only be tried."""
    if not policy.allow_credentials:
        return None
    stranger = next((each for each in _STRANGERS if policy.is_allowed_origin(each)), None)
    if stranger is None:
        return None
    return (
        f"CORSMiddleware with allow_credentials=True lets pages of {stranger} read the app with the cookies of whoever"
        " looks at them, and so those of anybody. List the origins: allow_origins=['https://app.example.com'], or"
        " Buckler(app, cors=Cors(['https://app.example.com'], credentials=True)); or leave allow_credentials away."
    )


def _policies(middleware: Iterable[Any]) -> list[CORSMiddleware]:
    ours = (each for each in middleware if isclass(each.cls) and issubclass(each.cls, CORSMiddleware))
    return [each.cls(_nothing, *each.args, **each.kwargs) for each in ours]


def _own_fields(own: Cors | None) -> Pairs:
    """What stands beside the allowed origin on every answer that it may read."""
    if own is None:
        return ()
    exposed = ((EXPOSE, ", ".join(own.expose).encode()),) if own.expose else ()
    return (*(() if ANYBODY in own.origins else (VARY,)), *((CREDENTIALS,) if own.credentials else ()), *exposed)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """The app behind a middleware that is only asked for its policy."""
