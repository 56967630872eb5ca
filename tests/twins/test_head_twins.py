"""What judges a request by its head is needed: without it, and it alone, its attack succeeds."""

import pytest
from fastapi import FastAPI

from tests.stage import production
from tests.twins.test_twins import prove
from tests.wire import ask

VIA = [("x-forwarded-proto", "https")]


async def polls(app: FastAPI, address: str, times: int, peer: str = "10.0.0.7", port: int = 5000) -> list[int]:
    """The answers to somebody who says that this is its address."""
    fields = [("x-forwarded-for", address), *VIA]
    return [(await ask(app, "GET", "/polled", headers=fields, client=(peer, port))).status for _ in range(times)]


@pytest.mark.asvs("4.1.3")
async def test_client_address() -> None:
    """One client behind our proxy spends the budget of everybody else who comes through it."""

    async def attack(app: FastAPI) -> bool:
        await polls(app, "203.0.113.66", 3)
        return await polls(app, "203.0.113.9", 1) == [429]

    await prove("client-address", attack, production(behind="1"))


@pytest.mark.asvs("4.1.3", "15.3.4")
async def test_client_address_of_a_server_that_believes_the_field() -> None:
    """A stranger writes another address into `X-Forwarded-For` for each request and is never held to a limit."""

    async def attack(app: FastAPI) -> bool:
        forged = [f"198.51.100.{number}" for number in range(4)]
        statuses = [await polls(app, each, 1, peer=each, port=0) for each in forged]
        return statuses == [[200]] * 4

    await prove("client-address", attack)


async def test_heads() -> None:
    """Ten thousand header lines, each read and kept, reach the app."""

    async def attack(app: FastAPI) -> bool:
        fields = [(f"x-{number}", "v") for number in range(10_000)]
        return (await ask(app, "GET", "/health", headers=fields)).status == 200

    await prove("heads", attack)


@pytest.mark.asvs("1.5.3")
async def test_framing() -> None:
    """A request that ends in two places is answered; a proxy that chose the other end lets a second one through."""

    async def attack(app: FastAPI) -> bool:
        both = [("content-length", "4"), ("transfer-encoding", "chunked")]
        return (await ask(app, "GET", "/health", headers=both)).status == 200

    await prove("framing", attack)


@pytest.mark.asvs("1.1.1", "1.5.3")
async def test_paths() -> None:
    """A proxy that keeps `/shut/` for itself passes on `/shut%2Freport`; the router takes it for what was kept."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/shut%2Freport")).status == 200

    await prove("paths", attack)
