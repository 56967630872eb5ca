"""The port through which a credential becomes a caller."""

from abc import ABC, abstractmethod
from inspect import isclass
from typing import Any, Final

from buckler.access.callables import is_awaited, is_iterated, takes_one
from buckler.errors import ConfigurationError, Refusal
from buckler.principal import Principal

_METHODS: Final = ("authenticate", "recall", "withdraw")


class NotAccepted(Exception):
    """A token is not good. `reason` says why, for the event log alone, and repeats nothing of the token.

    `refusal` is the answer where nobody can tell now whether it is good; then it counts against nobody.
    """

    def __init__(self, reason: str, refusal: Refusal | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refusal = refusal


class Authenticator(ABC):
    """Whoever can tell from a bearer token who is calling. Derive from it and write `authenticate`.

    Each method checks everything, expiry and revocation included. A token that is not good is
    None, whatever the reason, and the answer 401 (RFC 6750 section 3.1); any other exception is 503,
    never access. How long tokens live, and what they are, is for you to decide. ASVS 9.1.1, 9.2.1.
    """

    @abstractmethod
    async def authenticate(self, token: bytes) -> Principal | None:
        """The caller behind a token, or None. May raise `NotAccepted` in place of None, to say why."""

    def recall(self, token: bytes) -> Principal | None:
        """The caller behind a token verified before and still good, from memory and without waiting, or None."""
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


def check_authenticator(given: Any) -> None:
    """Raise `ConfigurationError` for what could not tell any caller: each request would be refused, or worse."""
    if isclass(given):
        raise ConfigurationError(f"authenticator={given.__name__}: this is the class; give an instance of it.")
    for name in _METHODS:
        fault = _fault_of(name, getattr(given, name, None))
        if fault is not None:
            raise ConfigurationError(f"authenticator={type(given).__name__}: {fault}")


def _fault_of(name: str, method: Any) -> str | None:
    if not callable(method):
        return f"it lacks {name}(token); derive it from buckler.Authenticator, which has all but `authenticate`."
    if is_iterated(method):
        return f"{name}(token) yields, where one answer is wanted; write `return`."
    if name == "recall" and is_awaited(method):
        return "recall(token) answers from memory and never waits; write `def recall`, not `async def`."
    if name != "recall" and not is_awaited(method):
        return f"{name}(token) is awaited; write `async def {name}`, not `def`."
    if not takes_one(method):
        return f"{name} is called with the token and nothing else, as `{name}(self, token)` would be."
    return None
