"""What a defence is: one named part of the tuple that the installer composes.

Four places to stand, in the order in which a request meets them:

- `Arrival`: before the app sees anything. Pure facts of the request, no waiting.
- `Passage` (in `access/`): at the door of the chosen route, before its body and dependencies.
- `Reception`: while the body is received.
- `Departure`: when an answer starts to leave.

Leaving one part out of the tuple is possible in `tests/twins/` alone; no setting does it.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from buckler.asgi import Exchange, Message, Receive
from buckler.errors import Refusal

_BODILESS_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
USUAL: Final = (b"content-length", b"content-type")
"""The fields of a plain answer, in their order, as nearly all have them."""
_ANNOUNCING: Final = frozenset(("1.0", "1.1"))
"""Versions in which a body is announced or is not there (RFC 9112 section 6.3)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What requests have in common that differ in their values alone: most of what an arrival could object to.

    Names of header lines are in lower case, and each came once.
    """

    kind: str
    """`http` or `websocket`."""
    version: str | None
    method: str | None
    """None where a scope has none, as that of a WebSocket."""
    names: frozenset[bytes]

    @property
    def is_bodiless(self) -> bool:
        """Whether no body comes: none is announced, and the method gives it no meaning (RFC 9110 section 9.3.1).

        HTTP/2 and HTTP/3 need no announcement (RFC 9113 section 8.1.1). A type that is long enough to be an attack of
        its own is looked at, body or not. A WebSocket has no method here: its messages may be anything.
        """
        return (
            self.names.isdisjoint((b"content-length", b"transfer-encoding", b"content-type"))
            and self.method in _BODILESS_METHODS
            and self.version in _ANNOUNCING
        )


Look = Callable[[Exchange], Refusal | None]


class Defence(ABC):
    """A named part. The file, the test and the page of a defence carry the same name."""

    name: ClassVar[str]

    def named(self) -> str:
        """The name under which the log tells of its refusals."""
        return self.name

    def declared_at(self, exchange: Exchange) -> str | None:
        """File and line of the declaration by which it refused; most go by none."""
        return None


Part = TypeVar("Part", bound=Defence)


def only(kind: type[Part], defences: Iterable[Defence]) -> Part | None:
    """The defence of this kind, or None on a twin that leaves it out."""
    return next((each for each in defences if isinstance(each, kind)), None)


class Arrival(Defence):
    """Judges a request by its head, before the app is called."""

    @abstractmethod
    def arrive(self, exchange: Exchange) -> Refusal | None:
        """The refusal, or None to let it on. Never waits."""

    def look_for(self, shape: Shape) -> Look | None:
        """What requests of this shape go through in the place of `arrive`, or None where it lets them all on.

        Asked once a shape: each call that a request is spared is a tenth of a microsecond.
        """
        return self.arrive

    def before_refusal(self, exchange: Exchange) -> Awaitable[None] | None:
        """What must be done before a refusal, by this arrival or another, leaves. None where there is nothing."""
        return None


class Reception(Defence):
    """Judges a body while it is received."""

    def judges(self, shape: Shape) -> bool:
        """Whether it is asked about requests of this shape: by default not where no body comes, as with most GETs."""
        return not shape.is_bodiless

    @abstractmethod
    def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """What the app reads from in the place of `receive`; that itself where there is nothing to judge.

        It ends the reading of a body by raising `Refused`, which the edge answers.
        """


class Departure(Defence):
    """Judges or completes an answer at its first message."""

    completes_refusals: ClassVar[bool] = True
    """Whether it also looks at our own refusals. One that only judges what the app answers need not."""
    judges_plain_answers: ClassVar[bool] = True
    """Whether it may object to a plain answer of the app: a status 2xx, on a route whose declaration allowed it."""
    departs_last: ClassVar[bool] = False
    """Whether it comes after the others, wherever it stands: it only adds, and what is judged keeps its usual shape."""
    judges_usual_fields: ClassVar[bool] = True
    """Whether it looks at a plain answer that has two fields alone, its length and its type, as nearly all have."""

    @abstractmethod
    def depart(self, exchange: Exchange, start: Message) -> Refusal | None:
        """A refusal that takes the answer's place, or None; may add headers to `start`."""
