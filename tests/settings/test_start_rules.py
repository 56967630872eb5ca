"""What a start asks of the settings, shown by apps that start or do not."""

import logging

import pytest
from fastapi import FastAPI

from buckler import Buckler, Public, StartRefused
from buckler.settings import StartRules
from tests.proof import two_sided_async
from tests.stage import development, production
from tests.wire import ask

CANARY = "CANARY7f3a"


def make_app(*, debug: bool = False, declares: bool = True) -> FastAPI:
    app = FastAPI(debug=debug)

    @app.get("/crash", dependencies=[Public("a test")] if declares else [])
    async def crash() -> None:
        raise RuntimeError(CANARY)

    return app


@pytest.mark.asvs("13.4.2")
async def test_an_app_in_debug_mode_does_not_start_in_production() -> None:
    """Its errors show source and values to whoever makes it fail."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/crash", headers=[("accept", "text/html")])
        return CANARY.encode() in answer.body

    whole = make_app(debug=True)
    buckler = Buckler(whole, settings=production())
    await two_sided_async(attack, whole=whole, twin=make_app(debug=True, declares=False))
    with pytest.raises(StartRefused, match="debug=True in production"):
        await buckler.start()
    await Buckler(make_app(debug=True), settings=development()).start()


async def test_a_mounted_app_in_debug_mode_counts_too() -> None:
    app = make_app()
    app.mount("/more", make_app(debug=True))
    with pytest.raises(StartRefused, match="debug=True in production"):
        await Buckler(app, settings=production()).start()


async def test_production_must_be_told_of_its_processes() -> None:
    """At the start, so that settings can be built and looked at; development is one process where none says more."""
    app = make_app()
    buckler = Buckler(app, settings=production(processes=None))
    assert buckler.policy().routes
    with pytest.raises(StartRefused, match="BUCKLER_PROCESSES is not set"):
        await buckler.start()
    assert (await ask(app, "GET", "/crash")).status == 503
    await Buckler(make_app(), settings=development()).start()


@pytest.mark.parametrize("settings", [production(processes=4), development(processes=4)])
async def test_several_processes_are_refused_without_a_reason(settings: object) -> None:
    """Whatever the environment: four processes let four times as much pass."""
    buckler = Buckler(make_app(), settings=settings)  # type: ignore[arg-type]
    with pytest.raises(StartRefused, match="every limit is then up to 4 times what it says"):
        await buckler.start()


async def test_a_reason_lets_several_count_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """In the log of every start; one process needs none, whatever is written."""
    caplog.set_level(logging.INFO, "buckler.events")
    reason = "the proxy in front counts"
    await Buckler(make_app(), settings=production(processes=4, count_per_process=reason)).start()
    told = [each.getMessage() for each in caplog.records]
    exemption = next(each for each in told if "sys_exemption" in each)
    assert '"processes":4' in exemption
    assert reason in exemption
    assert StartRules(production(count_per_process=reason)).exemptions() == []


async def test_the_start_tells_what_is_not_default(caplog: pytest.LogCaptureFixture) -> None:
    """For an auditor; no secret is among it."""
    caplog.set_level(logging.INFO, "buckler.events")
    await Buckler(make_app(), settings=production(master_secret=CANARY, hosts="a.test")).start()
    started = next(each.getMessage() for each in caplog.records if "sys_startup" in each.getMessage())
    assert '"hosts=a.test"' in started
    assert '"master_secret=***"' in started
    assert '"processes=1"' in started
    assert CANARY not in caplog.text
