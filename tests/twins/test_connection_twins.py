"""What watches open connections is needed: without it, and it alone, one goes on after its caller signed out."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI

from buckler import Buckler
from tests.access.guard.test_open_connections import Door, make_app, outlives
from tests.proof import two_sided_async
from tests.twins.twin import Twin


class Site:
    """An app with a stream, and the door of its callers."""

    def __init__(self, kind: type[Buckler], **given: Any) -> None:
        self.door = Door()
        self.app: FastAPI = make_app(self.door, kind=kind, **given)


async def prove(name: str, attack: Callable[[Site], Awaitable[bool]]) -> None:
    """The attack succeeds without the defence `name` and fails with it, cold and warm."""

    async def cold(make: Callable[[], Site]) -> bool:
        return await attack(make())

    async def warm(make: Callable[[], Site]) -> bool:
        site = make()
        await attack(site)
        site.door.ended.clear()
        return await attack(site)

    for run in (cold, warm):
        await two_sided_async(run, whole=lambda: Site(Buckler), twin=lambda: Site(Twin, without=name))


@pytest.mark.asvs("7.4.1")
async def test_open_connections() -> None:
    """A stream tells on and on what its caller may no longer read."""

    async def attack(site: Site) -> bool:
        return await outlives(site.app, "/stream", lambda: site.door.end("alice"))

    await prove("open-connections", attack)
