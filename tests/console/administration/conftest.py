"""An app whose roles differ in what they may of administration: one for each test, as most of them change everybody."""

from collections.abc import AsyncIterator, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from buckler.console import view
from buckler.pages import Templates
from tests.console.administration.people import ROLES
from tests.console.visit import ConsoleHouse


@cache
def _kept(package: str, filters: tuple[tuple[str, Callable[..., Any]], ...]) -> Templates:
    return Templates(package=package, filters=dict(filters))


def once(*, package: str, filters: Mapping[str, Callable[..., Any]]) -> Templates:
    """The templates, which are read and reviewed but once: that takes longer than any test here."""
    return _kept(package, tuple(filters.items()))


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ConsoleHouse]:
    """It, with letters that leave."""
    monkeypatch.setattr(view, "Templates", once)
    async with ConsoleHouse(tmp_path, roles=ROLES) as made:
        yield made
