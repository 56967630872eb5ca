"""What is known of a function before it is called."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from typing import Any

import pytest

from buckler.access.declarations.callables import fault_of, is_awaited, is_iterated, values_taken


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
    assert (values_taken(call) == 1) is takes


@pytest.mark.parametrize(
    ("call", "count"), [(lambda _a: 0, 1), (lambda _a, _b: 0, 2), (lambda _a, _b=1: 0, 1), (lambda _a, _b, _c: 0, None)]
)
def test_how_many_values_it_takes_at_least(call: Callable[..., object], count: int | None) -> None:
    assert values_taken(call, 2) == count


def test_what_could_never_answer_is_told_with_what_to_write() -> None:
    """The first fault that is known; nothing where there is none."""

    def told(call: Any, **more: Any) -> str | None:
        return fault_of(call, wanted="a text", called_with="a name", **more)

    assert told(one) is None
    assert told(one, awaited=True) == "it is awaited; write `async def`, not `def`."
    assert told(later, at_once="it never waits") == "it never waits; write `def`, not `async def`."
    assert told(later, awaited=True) is None
    assert told(several) == "it yields, where a text is wanted; write `return`."
    assert told(Later) == "this is a class, which makes objects; write a function that returns a text."
    assert told(lambda: None) == "it is called with a name."
