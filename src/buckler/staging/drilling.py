"""One drill of an app in this process, or of a server, from the first request to the report.

An app with Buckler is staged: somebody of each role is there, and the committed policy is the truth. Any other is
entered by its own doors, as its document and the options tell.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ssl import SSLContext
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI

from buckler.drill.arriving.entering import gather
from buckler.drill.attack import Attack
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.declared import read_policy
from buckler.drill.plan.document import Document
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.options import Options
from buckler.drill.report import Report
from buckler.drill.run import Progress, drill, silent
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.asgi import started
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.drill.transport.this_machine import is_this_machine
from buckler.protected_app import installed_on
from buckler.staging.isolation import isolated
from buckler.staging.log_lines import logged
from buckler.staging.rehearsal import Rehearsal
from buckler.staging.stage import staged
from buckler.staging.truth import truths_of

SECONDS: Final = 60.0
REQUESTS: Final = 50_000
_TO_COME_IN: Final = 0.25
"""The part of the time that people may take to come in."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done: which attacks, within which bounds, and by which truth."""

    attacks: tuple[Attack, ...]
    seconds: float = SECONDS
    requests: int = REQUESTS
    policy: object = None
    """What stands in the committed policy file, read as JSON; None where there is none."""
    options: Options = field(default_factory=Options)
    """How one comes in, for a target without Buckler or by URL."""
    progress: Progress = silent

    @property
    def budget(self) -> Budget:
        """A new one of these bounds."""
        return Budget(self.seconds, self.requests)


async def drill_app(app: FastAPI, name: str, wanted: Wanted, rehearsal: Rehearsal) -> Report:
    """Start the app in this process, attack it and stop it. It reaches nothing outside `rehearsal.folder` meanwhile.

    Raises `StartFailed` for an app that does not start, `ConfigurationError` where it may not be staged, `NoPolicy`.
    """
    secrets = Secrets()
    with isolated(rehearsal.folder, writes=rehearsal.writes) as around, logged() as lines:
        origin = _origin_of(app, wanted.options.target.origin)
        async with started(app, origin) as carrier:
            setting = Setting(_kept(read_app(app), wanted.options), logged=lines)
            async with _entered(app, carrier, setting, wanted, secrets, rehearsal) as on:
                report = await drill(on, wanted.attacks, name, wanted.progress)
    return replace(report, notes=(*report.notes, *carrier.notes, *around.notes))


async def drill_url(
    base: str, document: Document, wanted: Wanted, *, writes: bool, trust: SSLContext | bool = True
) -> Report:
    """Attack a server. Without `writes` nothing is sent that changes something. Raises `NoPolicy`."""
    truth = None if wanted.policy is None else read_policy(wanted.policy)
    host = urlsplit(base).hostname or ""
    # A policy is that of an app with Buckler, and one on loopback runs as development does.
    setting = Setting(
        _kept(document, wanted.options),
        truth,
        development=truth is not None and is_this_machine(host),
        writes=writes,
        url=base,
        trust=trust,
        plain=wanted.options.target.plain,
    )
    async with connected(base, trust) as carrier:
        on = Engagement(Sender(carrier, wanted.budget), setting, Cast())
        await _come_in(on, wanted)
        return await drill(on, wanted.attacks, base, wanted.progress)


@asynccontextmanager
async def _entered(
    app: FastAPI, carrier: Carrier, setting: Setting, wanted: Wanted, secrets: Secrets, rehearsal: Rehearsal
) -> AsyncGenerator[Engagement]:
    """With everybody who takes part, by what the app is."""
    if installed_on(app) is None:
        truth = None if wanted.policy is None else read_policy(wanted.policy)
        on = Engagement(Sender(carrier, wanted.budget), replace(setting, truth=truth), Cast(), secrets)
        await _come_in(on, wanted)
        yield on
        return
    truths = truths_of(app, wanted.policy)
    async with staged(app, carrier, rehearsal, secrets) as company:
        cast = replace(company, notes=(*truths.notes, *company.notes))
        setting = replace(setting, truth=truths.truth, own_truth=truths.own, development=True)
        yield Engagement(Sender(carrier, wanted.budget), setting, cast, secrets)


async def _come_in(on: Engagement, wanted: Wanted) -> None:
    """Let people come in by the app's own doors, in a part of the time."""
    whole = on.sender.budget
    whole.begin()
    on.sender.budget = Budget(wanted.seconds * _TO_COME_IN, wanted.requests)
    on.sender.budget.begin()
    on.cast = await gather(on, wanted.options)
    whole.spent += on.sender.budget.spent
    on.sender.budget = whole


def _kept(document: Document, options: Options) -> Document:
    """Without the routes that are to be left alone."""
    return replace(document, routes=tuple(each for each in document.routes if each.key not in options.skip))


def _origin_of(app: FastAPI, told: str) -> str:
    """Where the app believes to be: it says so itself under Buckler, of any other the options do."""
    installed = installed_on(app)
    return (installed.settings.origin if installed is not None else told) or "https://localhost"
