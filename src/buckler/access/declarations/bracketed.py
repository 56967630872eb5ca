"""Functions that must be called: what FastAPI makes of `Limit` where `Limit("5/minute")` was meant is said at once.

- `dependencies=[Limit]`: FastAPI would stop with the words of another mistake.
- `@Limit` over an endpoint: the endpoint would be taken for the rate.
- `Depends(Limit)` is for FastAPI a function with parameters of the request's choosing, and no limit; only the
  judgement of the routes can see it, by `uncalled`.
"""

from collections.abc import Callable
from functools import update_wrapper
from inspect import isfunction
from typing import Generic, NoReturn, ParamSpec, TypeVar

from buckler.access.declarations.sources import source_of
from buckler.errors import ConfigurationError

_P = ParamSpec("_P")
_Made = TypeVar("_Made")


class _Bracketed(Generic[_P, _Made]):
    """A function that says so where its brackets are missing."""

    def __init__(self, make: Callable[_P, _Made], example: str) -> None:
        self._make = make
        self.name = make.__name__
        self.example = example
        update_wrapper(self, make)

    def __call__(self, *given: _P.args, **named: _P.kwargs) -> _Made:
        if given and isfunction(given[0]):
            raise ConfigurationError(
                f"@{self.name} over {given[0].__name__} ({source_of(given[0])}): a declaration is no decorator. Write"
                f" it into that of the route: dependencies=[{self.example}]."
            )
        return self._make(*given, **named)

    @property
    def dependency(self) -> NoReturn:
        """What FastAPI asks everything in a list of dependencies for."""
        raise ConfigurationError(f"dependencies=[{self.name}]: {uncalled(self)}")


def bracketed(example: str) -> Callable[[Callable[_P, _Made]], Callable[_P, _Made]]:
    """Make a function refuse to stand without its brackets; `example` is what to write."""

    def wrap(make: Callable[_P, _Made]) -> Callable[_P, _Made]:
        return _Bracketed(make, example)

    return wrap


def uncalled(found: object) -> str | None:
    """What to say where such a function stands for what it makes; None for anything else."""
    if not isinstance(found, _Bracketed):
        return None
    return f"{found.name} stands here without its brackets, and says nothing so; write {found.example}."
