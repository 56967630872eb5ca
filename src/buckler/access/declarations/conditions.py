"""A condition of the app's own on who may call: a function with a name, and its reason in words.

- It is called with the caller, or with the caller and the connection, after the permissions were found.
- Only `True` lets the request on. Any other answer than a bool is a mistake in the function, and an exception too:
  the guard then refuses with 503, and never lets on (fail closed).
- A function that waits for nothing is `def`; it runs on the event loop. One that waits is `async def`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from buckler.access.declarations.callables import fault_of, is_awaited, values_taken
from buckler.access.declarations.sources import source_of
from buckler.asgi import Scope
from buckler.errors import BucklerError, ConfigurationError
from buckler.principal import Principal

Judges = Callable[[Principal], bool | Awaitable[bool]] | Callable[[Principal, HTTPConnection], bool | Awaitable[bool]]
"""What an app writes: whether this caller may, now."""


class ConditionFailed(BucklerError):
    """A condition answered neither yes nor no. The text is ours: it repeats nothing of the request."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The function, the words for what it asks, and how it is called."""

    judge: Callable[..., Any]
    name: str
    reason: str
    is_awaited: bool
    takes_connection: bool

    def ask(self, principal: Principal, scope: Scope) -> Any:
        """What the function answers: something to await where it is `async def`."""
        return self.judge(principal, HTTPConnection(scope)) if self.takes_connection else self.judge(principal)

    def holds(self, answer: object) -> bool:
        """Whether the answer is a yes. Raises `ConditionFailed` for one that is neither."""
        if answer is True or answer is False:
            return answer
        raise ConditionFailed(f"condition {self.name} returned {type(answer).__name__}, neither True nor False")


def told_condition(condition: Condition) -> str:
    """The reason of a refusal by this condition, for the log."""
    return f"condition {condition.name}: {condition.reason}"


def condition_of(judge: object, reason: object) -> Condition:
    """Read what `Requires(condition=..., reason=...)` was given. Raises `ConfigurationError`."""
    if judge is None:
        raise ConfigurationError(
            f"reason={reason!r}: it is the reason of a condition, and there is none. Write condition= beside it, a"
            " function of the caller that returns True or False, or leave reason= away."
        )
    if not callable(judge):
        raise ConfigurationError(f"condition={judge!r}: write a function of the caller that returns True or False.")
    name = str(getattr(judge, "__name__", type(judge).__name__))
    if name == "<lambda>":
        raise ConfigurationError("condition=lambda: give it a name with def; the log and the policy call it so.")
    fault = fault_of(
        judge,
        wanted="True or False",
        called_with="the caller, or with the caller and the connection: write def may(who: Principal) -> bool",
        most=2,
    )
    if fault is not None:
        raise ConfigurationError(f"condition={name} ({source_of(judge)}): {fault}")
    if not isinstance(reason, str) or not reason.strip():
        raise ConfigurationError(
            f"condition={name} ({source_of(judge)}): say in words what it asks, as in"
            " reason='reports are read in office hours'."
        )
    return Condition(judge, name, reason, is_awaited(judge), values_taken(judge, 2) == 2)
