"""What can be known of a function of the app's own before it is called: its first wrong call would be a request's."""

from collections.abc import Callable
from functools import partial
from inspect import isasyncgenfunction, isclass, iscoroutinefunction, isgeneratorfunction, signature, unwrap
from typing import Any


def fault_of(
    call: Callable[..., object], *, wanted: str, called_with: str, most: int = 1, awaited: bool = False,
    at_once: str | None = None,
) -> str | None:  # fmt: skip
    """Why a function could never do what it is for, and what to write instead; None where nothing speaks against it.

    `wanted` is what it returns and `called_with` what it gets, in words; it gets one value, or up to `most`. With
    `awaited` it must be `async def`; with `at_once`, which says why, it must not.
    """
    if isclass(call):
        return f"this is a class, which makes objects; write a function that returns {wanted}."
    if is_iterated(call):
        return f"it yields, where {wanted} is wanted; write `return`."
    if at_once is not None and is_awaited(call):
        return f"{at_once}; write `def`, not `async def`."
    if awaited and not is_awaited(call):
        return "it is awaited; write `async def`, not `def`."
    return f"it is called with {called_with}." if values_taken(call, most) is None else None


def values_taken(call: Callable[..., object], most: int = 1) -> int | None:
    """With how many values and nothing else it can be called, of one up to `most`: the fewest, or None."""
    try:
        parameters = signature(call)
    except ValueError:
        # Nothing is known of the parameters of some functions written in C.
        return 1
    for count in range(1, most + 1):
        try:
            parameters.bind(*[None] * count)
        except TypeError:
            continue
        return count
    return None


def is_awaited(call: Any) -> bool:
    """Whether calling it makes something to await."""
    return any(map(iscoroutinefunction, _bodies(call)))


def is_iterated(call: Any) -> bool:
    """Whether calling it makes something to iterate over."""
    return any(isgeneratorfunction(body) or isasyncgenfunction(body) for body in _bodies(call))


def _bodies(call: Any) -> tuple[Any, ...]:
    """The function, that inside its decorators, and the method by which an object is called."""
    while isinstance(call, partial):
        call = call.func
    return call, unwrap(call), getattr(call, "__call__", None)  # noqa: B004 - not whether it is callable
