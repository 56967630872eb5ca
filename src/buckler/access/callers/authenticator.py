"""The port through which a credential becomes a caller."""

from abc import ABC, abstractmethod
from collections.abc import Set as AbstractSet
from inspect import isclass
from typing import Any, ClassVar, Final

from buckler.access.declarations.callables import fault_of
from buckler.edge.cookie import fault_of_name
from buckler.errors import ConfigurationError, Refusal
from buckler.principal import Principal

_METHODS: Final = ("authenticate", "recall", "withdraw")
_COOKIE_METHODS: Final = ("authenticate_cookie", "recall_cookie")
_FROM_MEMORY: Final = ("recall", "recall_cookie")
_MEMBERS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("id", str, "a text"),
    ("name", str, "a text"),
    ("permissions", AbstractSet, "a set of texts"),
    ("expires_at", int | float, "a number of seconds"),
)
"""What each request of a caller goes by: whom to count, whom to name, what it may, and until when."""


class NotAccepted(Exception):
    """A token is not good: what `Authenticator.authenticate` may raise in place of returning None.

    `reason` says why, for the event log alone, and repeats nothing of the token.

    `refusal` is the answer where nobody can tell now whether it is good; then it counts against nobody.
    """

    def __init__(self, reason: str, refusal: Refusal | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refusal = refusal


class CallerUnfit(TypeError):
    """What an authenticator told is no caller. The text names the member and its type, and nothing of a request."""


class Authenticator(ABC):
    """Whoever can tell from a bearer token who is calling. Derive from it and write `authenticate`.

    Each method checks everything, expiry and revocation included. A token that is not good is
    None, whatever the reason, and the answer 401 (RFC 6750 section 3.1); any other exception is 503,
    never access. How long tokens live, and what they are, is for you to decide. ASVS 9.1.1, 9.2.1.
    """

    factors: ClassVar[int] = 1
    """By how many kinds of factor its callers may have proved who they are: what `Requires(factors=...)` can ask for.

    One that says more fills `Principal.factors`.
    """
    cookie: str = ""
    """The name of the cookie that is a credential here too, as in `"__Host-session"`; empty for none.

    One that names a cookie writes `authenticate_cookie`; no `Cookie(...)` shows that cookie to scripts, other sites or
    sibling hosts. What changes something then needs the token of its forms,
    since browsers add cookies by themselves (`csrf`).
    """

    @abstractmethod
    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a bearer token, or None. May raise `NotAccepted` in place of None, to say why.

        Its id and its name are texts: an account with a number writes `str(number)`. Any other answer is 503.
        """

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, from memory and without waiting, or None."""
        return None

    async def authenticate_cookie(self, value: bytes) -> Principal | None:
        """The caller behind the value of `cookie`, or None: then whoever asks is nobody. As `authenticate`.

        Not by `authenticate` unless somebody writes so: a cookie is no bearer token, and a token no cookie.
        """
        return None

    def recall_cookie(self, value: bytes) -> Principal | None:
        """The caller behind a value that was looked at before and is still good. As `recall`."""
        return None

    async def withdraw(self, token: bytes) -> None:  # noqa: B027 - nothing to end is right for most
        """End a token that was exposed on the wire. Does nothing for one that is not good."""

    def is_current(self, principal: Principal) -> bool:
        """Whether a caller let in before may go on with an open connection. From memory, without waiting.

        Its expiry is looked at besides. Asked again whenever `changes` gives another number.
        """
        return True

    def changes(self) -> int:
        """A number that is another one whenever somebody's access may have ended. Asked many times a second."""
        return 0


def check_caller(found: Any, by: str) -> None:
    """Raise `CallerUnfit` for what is no caller that can be judged, counted and written down. `by` told of it."""
    if not isinstance(found, Principal):
        # Fail closed, and loudly: a user object or True would be a caller of nobody knows what kind.
        raise CallerUnfit(f"{by} returned {type(found).__name__}, neither a Principal nor None")
    members: Any = found  # nothing holds an app to the types that are written there
    for name, kind, wanted in _MEMBERS:
        value = getattr(members, name)
        if not isinstance(value, kind):
            raise CallerUnfit(f"{by} returned a Principal whose {name} is {type(value).__name__}, not {wanted}")


def check_authenticator(given: Any) -> None:
    """Raise `ConfigurationError` for what could not tell any caller: each request would be refused, or worse."""
    if isclass(given):
        raise ConfigurationError(f"authenticator={given.__name__}: this is the class; give an instance of it.")
    for name in (*_METHODS, *(_COOKIE_METHODS if getattr(given, "cookie", "") else ())):
        fault = _fault_of(name, getattr(given, name, None))
        if fault is not None:
            raise ConfigurationError(f"authenticator={type(given).__name__}: {fault}")
    _check_cookie(given)
    factors = getattr(given, "factors", 1)
    if type(factors) is not int or factors < 1:
        raise ConfigurationError(
            f"authenticator={type(given).__name__}: factors={factors!r}; write by how many kinds of factor callers may"
            " have proved who they are, 1 or more."
        )


def _check_cookie(given: Any) -> None:
    name = getattr(given, "cookie", "")
    is_ours = type(given).__module__.startswith("buckler.")
    fault = None if name == "" or is_ours else fault_of_name(name)
    if fault is not None:
        raise ConfigurationError(
            f"authenticator={type(given).__name__}: cookie={name!r}: {fault} As in cookie = '__Host-session'."
        )
    found = getattr(given, "authenticate_cookie", None)
    if name and getattr(found, "__func__", None) is Authenticator.authenticate_cookie:
        raise ConfigurationError(
            f"authenticator={type(given).__name__}: cookie={name!r}, but nothing says who is behind it; write"
            " async def authenticate_cookie(self, value: bytes) -> Principal | None."
        )


def _fault_of(name: str, method: Any) -> str | None:
    if not callable(method):
        return f"it lacks {name}(token); derive it from buckler.Authenticator, which has all but `authenticate`."
    from_memory = name in _FROM_MEMORY
    fault = fault_of(
        method,
        wanted="one answer",
        called_with=f"the token and nothing else, as `{name}(self, token)` would be",
        awaited=not from_memory,
        at_once="it answers from memory and never waits" if from_memory else None,
    )
    return None if fault is None else f"{name}(token): {fault}"
