"""What keeps routes shut that say nothing is needed: without it, and it alone, a trial would never end for them."""

import pytest
from fastapi import FastAPI

from buckler import Buckler, Trial
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import people, production, protect
from tests.twins.twin import Twin
from tests.wire import ask

DAY = 86_400.0


def app_of(kind: type[Buckler], clock: FakeClock, **given: str) -> FastAPI:
    app = FastAPI()

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "what nobody thought of"

    trial = Trial(until="2027-01-20", reason="a test", only={"undeclared"})
    return protect(app, kind=kind, settings=production(), authenticator=people(), clock=clock, trial=trial, **given)


async def prove(name: str) -> None:
    clock = FakeClock()
    whole, twin = app_of(Buckler, clock), app_of(Twin, clock, without=name)

    async def attack(app: FastAPI) -> bool:
        return b"nobody thought of" in (await ask(app, "GET", "/forgotten")).body

    assert await attack(whole), "while the trial runs it answers as it did before"
    clock.advance(30 * DAY)
    await two_sided_async(attack, whole=whole, twin=twin)


@pytest.mark.asvs("8.2.1")
async def test_undeclared() -> None:
    """A stranger calls, after its last day, what an app on trial never declared."""
    await prove("undeclared")
