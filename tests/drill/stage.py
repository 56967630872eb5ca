"""An engagement with an app of a test, in process, as a drill would have it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Attack, Finding, Verdict
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.declared import Truth
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.asgi import started


@asynccontextmanager
async def engaged(
    app: FastAPI, cast: Cast | None = None, truth: Truth | None = None, seconds: float = 60.0
) -> AsyncGenerator[Engagement]:
    """Start the app, and stand before it with these people."""
    async with started(app) as carrier:
        setting = Setting(read_app(app), truth, writes=True)
        on = Engagement(Sender(carrier, Budget(seconds, 50_000)), setting, cast or Cast())
        on.pool.watch(on.routes)
        on.sender.budget.begin()
        yield on


def bearer(name: str, token: str, role: str = "", address: str = "127.0.1.1") -> Identity:
    """A caller with a token that the test knows."""
    account = Account(name, "correct horse battery staple", f"{name}@example.com", "")
    return Identity(name, role, (("Authorization", f"Bearer {token}"),), address, account, {"access": token})


async def found(on: Engagement, *attacks: Attack) -> set[tuple[str, str]]:
    """The ids and routes of what these attacks find."""
    report = await attack_all(on, attacks, "app")
    return {(each.attack.id, each.verdict.route) for each in report.judged if isinstance(each.verdict, Finding)}


async def verdict_on(app: FastAPI, attack: Attack, route: str) -> Verdict:
    """What this attack says of one route, by people who come in by the app's own doors."""
    async with engaged(app) as on:
        on.cast = await gather(on)
        report = await attack_all(on, (attack,), "app")
    (verdict,) = (each.verdict for each in report.judged if each.verdict.route == route)
    return verdict
