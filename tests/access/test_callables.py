"""What is known of a function before it is called."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from typing import Any

import pytest

from buckler.access.callables import is_awaited, is_iterated, takes_one


def one(_: Any) -> None:
    """Never called."""


async def later(_: Any) -> None:
    """Never called."""


def several(_: Any) -> Iterator[str]:
    """Never called."""
    yield ""


async def several_later(_: Any) -> AsyncIterator[str]:
    """Never called."""
    yield ""


@wraps(later)
def wrapped(given: Any) -> Any:
    """Never called."""


class Later:
    """Awaited, which shows only on its method."""

    async def __call__(self, _: Any) -> None:
        """Never called."""


@pytest.mark.parametrize(
    ("call", "awaited"),
    [(one, False), (later, True), (wrapped, True), (partial(later), True), (Later(), True), (several_later, False)],
)
def test_what_is_awaited(call: Any, awaited: bool) -> None:
    assert is_awaited(call) is awaited


@pytest.mark.parametrize(("call", "iterated"), [(one, False), (later, False), (several, True), (several_later, True)])
def test_what_is_iterated_over(call: Any, iterated: bool) -> None:
    assert is_iterated(call) is iterated


@pytest.mark.parametrize(
    ("call", "takes"),
    [
        (one, True),
        (lambda: None, False),
        (lambda _a, _b: None, False),
        (lambda _a, _b=1: None, True),
        (lambda *_: None, True),
        (lambda *, _a: None, False),
        (partial(one, 1), False),
    ],
)
def test_what_takes_one_value(call: Callable[..., object], takes: bool) -> None:
    assert takes_one(call) is takes
