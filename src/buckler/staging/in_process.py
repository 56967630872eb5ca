"""One drill of an app in this process, from the first request to the report.

An app with Buckler is staged: somebody of each role is there, and the committed policy is the truth. Any other is
entered by its own doors, as its document and the options tell.
"""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI

from buckler.drill.arriving.entering import come_in
from buckler.drill.course import Course
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.declared import read_policy
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.options import Options
from buckler.drill.report import Report
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.asgi import started
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.drill.wanted import Wanted, without_skipped
from buckler.protected_app import installed_on
from buckler.staging.block import Isolation
from buckler.staging.isolation import isolated
from buckler.staging.leftovers import left_since
from buckler.staging.log_lines import logged
from buckler.staging.rehearsal import Rehearsal
from buckler.staging.serving import as_served
from buckler.staging.stage import staged
from buckler.staging.truth import truths_of
from buckler.staging.watch import watched

GiveUp = Callable[[Report | None, str], object]
"""Told what is known by now, if anything is, and why it ends."""


async def drill_app(
    app: FastAPI,
    name: str,
    wanted: Wanted,
    rehearsal: Rehearsal,
    around: Isolation | None = None,
    give_up: GiveUp | None = None,
) -> Report:
    """Start the app in this process, attack it and stop it. It reaches nothing outside `rehearsal.folder` meanwhile.

    `around` is the block that it was imported in, else one begins here. `give_up` is told from another thread, with
    what is known by then and the reason, when the app does not let go of the event loop.

    Raises `StartFailed` for an app that does not start, `Unreadable` for one that cannot write its document,
    `ConfigurationError` where it may not be staged, `NoPolicy`.
    """
    if around is None:
        with isolated(rehearsal.folder, writes=rehearsal.writes) as block:
            return await drill_app(app, name, wanted, rehearsal, block, give_up)
    secrets, courses = Secrets.of_environment(os.environ), list[Course]()
    with logged() as lines:
        async with started(app, _origin_of(app, wanted.options.target.origin)) as carrier:

            def told(report: Report) -> Report:
                seen = map(secrets.hide, (*carrier.notes, *around.notes, *left_since(around.before)))
                return as_served(replace(report, notes=(*report.notes, *seen)), app)

            def stop(why: str) -> None:
                for course in courses:
                    course.stop(why)
                if give_up is not None:
                    give_up(told(courses[0].report()) if courses else None, why)

            setting = Setting(without_skipped(read_app(app), wanted.options), writes=True, logged=lines)
            with watched(carrier.calls, stop if give_up is not None else None):
                async with _entered(app, carrier, setting, wanted, secrets, rehearsal) as on:
                    report = await attack_all(on, wanted.attacks, name, wanted.progress, courses.append)
    return told(report)


@asynccontextmanager
async def _entered(
    app: FastAPI, carrier: Carrier, setting: Setting, wanted: Wanted, secrets: Secrets, rehearsal: Rehearsal
) -> AsyncGenerator[Engagement]:
    """With everybody who takes part, by what the app is."""
    if installed_on(app) is None:
        truth = None if wanted.policy is None else read_policy(wanted.policy)
        on = Engagement(Sender(carrier, wanted.budget), replace(setting, truth=truth), Cast(), secrets)
        await come_in(on, wanted.options)
        yield on
        return
    truths = truths_of(app, wanted.policy)
    async with staged(app, carrier, rehearsal, secrets) as company:
        cast = replace(company, notes=(*truths.notes, *_unused(wanted.options), *company.notes))
        setting = replace(setting, truth=truths.truth, own_truth=truths.own, development=True)
        yield Engagement(Sender(carrier, wanted.budget), setting, cast, secrets)


def _unused(options: Options) -> tuple[str, ...]:
    """What was told of people, and is not needed where they are made: nobody shall think that it was tried."""
    told = {"who signs in": options.identities, "how": options.sign_in, "how one registers": options.register}
    left = ", ".join(name for name, said in told.items() if said)
    return (f"An app with Buckler has its people made for it, so what was told has no effect: {left}.",) if left else ()


def _origin_of(app: FastAPI, told: str) -> str:
    """Where the app believes to be: it says so itself under Buckler, of any other the options do."""
    installed = installed_on(app)
    return (installed.settings.origin if installed is not None else told) or "https://localhost"
