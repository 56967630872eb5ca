"""One drill of an app in this process, from the first request to the report.

An app with Buckler is staged: somebody of each role is there, and the committed policy is the truth. Any other is
entered by its own doors, as its document and the options tell.
"""

import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial

from fastapi import FastAPI

from buckler.drill.course import Course
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.declared import read_policy
from buckler.drill.plan.document import Unreadable
from buckler.drill.plan.fastapi_app import read_app
from buckler.drill.plan.options import Options
from buckler.drill.report import Report
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.asgi import InProcess, StartFailed, started
from buckler.drill.transport.calls import Calls
from buckler.drill.transport.carrier import UNSAID_ORIGIN, Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.drill.wanted import Wanted, without_skipped
from buckler.protected_app import installed_on
from buckler.staging.block import Isolation
from buckler.staging.leftovers import left_since, let_go, told_of
from buckler.staging.rehearsal import Rehearsal
from buckler.staging.serving import as_served
from buckler.staging.stage import staged
from buckler.staging.truth import truths_of
from buckler.staging.watch import watched

GiveUp = Callable[[Report | None, str], object]
"""Told what is known by now, if anything is, and why it ends."""


async def drill_app(
    app: FastAPI, name: str, wanted: Wanted, rehearsal: Rehearsal, around: Isolation, give_up: GiveUp | None = None
) -> Report:
    """Start the app in this process, attack it and stop it. It reaches nothing outside `rehearsal.folder` meanwhile.

    `around` is the block that it is isolated by, from its import on where it was imported for the drill. `give_up` is
    told from another thread, with what is known by then and the reason, when the app does not let go of the event loop.

    Raises `StartFailed` for an app that does not start, `Unreadable` for one that cannot write its document,
    `ConfigurationError` where it may not be staged, `NoPolicy`.
    """
    secrets, calls = Secrets.of_environment(os.environ), Calls()
    under_way = _UnderWay(app, around, secrets, wanted, give_up)
    # Its start, its document and its end may hold the loop as its requests may.
    with _without(secrets), watched(calls, None if give_up is None else under_way.stop):
        async with started(app, _origin_of(app, wanted.options.target.origin), calls) as carrier:
            under_way.carrier = carrier
            document = await calls.take("the document of the app", partial(read_app, app))
            setting = Setting(without_skipped(document, wanted.options), writes=True, logged=around.lines)
            async with _engaged(app, carrier, setting, wanted, secrets, rehearsal) as on:
                # Whoever has no Buckler lets people in by its own doors.
                options = wanted.options if installed_on(app) is None else None
                report = await attack_all(on, wanted.attacks, name, wanted.progress, under_way.follow, options)
    return under_way.told(report)


@contextmanager
def _without(secrets: Secrets) -> Generator[None]:
    """An app that fails tells what it failed at, with all that it was told itself."""
    try:
        yield
    except (StartFailed, Unreadable) as failure:
        failure.args = (secrets.hide_failure(str(failure)),)
        raise


class _UnderWay:
    """A drill that is under way: what is known of it can be told, whichever thread asks."""

    def __init__(
        self, app: FastAPI, around: Isolation, secrets: Secrets, wanted: Wanted, give_up: GiveUp | None
    ) -> None:
        self._app = app
        self.carrier: InProcess | None = None
        """Once the app has started."""
        self._around = around
        self._secrets = secrets
        self._variables = wanted.options.target.environment
        self._give_up = give_up
        self._course: Course | None = None

    def follow(self, course: Course) -> None:
        """It begins."""
        self._course = course

    def told(self, report: Report) -> Report:
        """With what was seen of the app besides. What it left running is let go: nobody waits for it at the end."""
        left = left_since(self._around.before)
        let_go(left)
        noted = (*(self.carrier.notes if self.carrier is not None else ()), *self._around.notes, *told_of(left))
        return as_served(
            replace(report, notes=(*report.notes, *map(self._secrets.hide, noted))), self._app, self._variables
        )

    def stop(self, why: str) -> None:
        """End it, and hand on what is known by now, if anything is."""
        course = self._course
        if course is not None:
            course.stop(why)
        if self._give_up is not None:
            self._give_up(None if course is None else self.told(course.report()), why)


@asynccontextmanager
async def _engaged(
    app: FastAPI, carrier: Carrier, setting: Setting, wanted: Wanted, secrets: Secrets, rehearsal: Rehearsal
) -> AsyncGenerator[Engagement]:
    """What the app is, with everybody on stage where it has Buckler."""
    if installed_on(app) is None:
        truth = None if wanted.policy is None else read_policy(wanted.policy)
        yield Engagement(Sender(carrier, wanted.budget), replace(setting, truth=truth), Cast(), secrets)
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
    return (installed.settings.origin if installed is not None else told) or UNSAID_ORIGIN
