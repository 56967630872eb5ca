"""What can be known of a function of the app's own before it is called: its first wrong call would be a request's."""

from collections.abc import Callable
from functools import partial
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, signature, unwrap
from typing import Any


def takes_one(call: Callable[..., object]) -> bool:
    """Whether it can be called with one value and nothing else."""
    try:
        signature(call).bind(None)
    except TypeError:
        return False
    except ValueError:
        # Nothing is known of the parameters of some functions written in C.
        return True
    return True


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
