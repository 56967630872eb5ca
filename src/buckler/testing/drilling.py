"""The drill as a test: an app is attacked, and the test fails by what is found.

def test_security() -> None:
    drill("main:app", policy="policy.json").assert_clean()
"""

import os
import sys
from collections.abc import Collection, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from threading import Thread
from typing import TYPE_CHECKING, Final, cast

from fastapi import FastAPI

from buckler.clock import SystemClock, date_of
from buckler.drill.bounds import FAIL_ON, REQUESTS, TIME, Threshold
from buckler.errors import ConfigurationError

if TYPE_CHECKING:
    from buckler.drill.report import Report  # the drill needs more than the bare package
    from buckler.drill.wanted import Wanted
    from buckler.staging.block import Isolation
    from buckler.staging.in_process import GiveUp

_LEAVE: Final = "writes=True"


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found.

    Of `report` these members last: `findings`, `untested`, `at_least`, `coverage`, `stopped`, `notes`, `requests` and
    `seconds`. What else it has is the inside of the drill; programs read `--format json`, whose schema lasts.
    """

    report: "Report"

    def assert_clean(self, fail_on: Threshold = FAIL_ON, *, require_coverage: float = 0) -> None:
        """Raise `AssertionError`, with what was found and how to see it again, for findings of this severity and above.

        A drill that was stopped, or could judge nothing, is not clean either, nor one that judged fewer percent of its
        attacks than `require_coverage`.
        """
        from buckler.drill.reports.terminal import summarise

        found = fail_on != "never" and self.report.at_least(fail_on)
        if found or self.report.stopped or not self.report.coverage.reaches(require_coverage):
            raise AssertionError(f"{_first(self.report)}\n\n{summarise(self.report)}")


def _first(report: "Report") -> str:
    """What stands alone where there is room for one line: the worst finding, or how it ended."""
    from buckler.drill.reports.outcome import outcome_of
    from buckler.drill.reports.texts import one_line

    if not report.findings:
        return one_line(outcome_of(report).sentence)
    worst = report.findings[0]
    return one_line(f"{worst.attack.id} {worst.attack.name}, {worst.verdict.route}")


def drill(
    app: str | FastAPI,
    *,
    policy: str | Path | None = None,
    options: str | Path | None = None,
    baseline: str | Path | None = None,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    env: Collection[str] | Mapping[str, str] = (),
    login: str | None = None,
    user: Collection[str] = (),
    admin: str | None = None,
    token: Collection[str] = (),
    budget: str = TIME,
    requests: int = REQUESTS,
    writes: bool = False,
) -> Drilled:
    """In tests: attack an app in this process, and tell what worked that must not.

    `app` is the app, or `MODULE:APP`, or `MODULE:FUNCTION` that makes it. What is imported or made only now finds
    development settings, the environment of `options` and `env`, and a data folder that is thrown away; an app that is
    there already keeps its own, which have to be of that kind. Everything is named and written as on the command line
    of `buckler drill`: `env` is `["NAME=VALUE"]`, or a mapping; `policy` is the committed policy file, by which the app
    is judged; `options` tells how one signs in, for an app without Buckler; `baseline` names what is accepted for a
    while. `only` and `skip` take families and ids, as `access` and `D103`. With `writes` it may change what is not
    thrown away.

    Raises `ConfigurationError` where no test runs, for an app that may not be drilled, and for files that are wrong.
    ASVS 15.1.3.
    """
    # Late, as all of the drill here: it needs more than the bare package.
    from buckler.drill.attacks.selection import NoSuchAttack, select
    from buckler.drill.baseline import BaselineRefused, accept, read_baseline
    from buckler.drill.plan.files import BadFile, json_in, text_in
    from buckler.drill.plan.line import Line, options_of, read_seconds
    from buckler.drill.plan.table import BadOptions
    from buckler.drill.wanted import Wanted

    line = Line(login, _each(user), admin, _each(token), _variables(env))
    try:
        attacks = select(_each(only), _each(skip))
        told = options_of(None if options is None else text_in(options, "options"), line, os.environ)
        accepted = () if baseline is None else read_baseline(text_in(baseline, "baseline"))
        truth = None if policy is None else json_in(policy, "policy")
        wanted = Wanted(attacks, read_seconds(budget), requests, truth, told)
    except (BadFile, BadOptions, BaselineRefused, NoSuchAttack) as wrong:
        raise ConfigurationError(f"drill: {wrong}") from wrong
    report = _isolated(app, wanted, writes=writes)
    return Drilled(accept(report, accepted, date_of(SystemClock.now()).date()))


def _each(several: Collection[str]) -> tuple[str, ...]:
    """One word that stands alone is one word, and not its letters."""
    return (several,) if isinstance(several, str) else tuple(several)


def _variables(env: Collection[str] | Mapping[str, str]) -> tuple[str, ...]:
    """As they are written on a command line: an environment is a mapping in Python."""
    if not isinstance(env, Mapping):
        return _each(env)
    return tuple(f"{name}={value}" for name, value in cast("Mapping[str, str]", env).items())


def _isolated(app: str | FastAPI, wanted: "Wanted", *, writes: bool) -> "Report":
    """In one block from the import of the app to the end of its drill."""
    from buckler.staging.isolation import isolated

    # What tests keep in temporary folders of their own is thrown away too.
    folder, variables = Path(gettempdir()), wanted.options.target.environment
    made = TemporaryDirectory(prefix="buckler-drill-", ignore_cleanup_errors=True)
    with (
        made,
        _surrounded(app, Path(made.name), variables) as notes,
        isolated(folder, writes=writes, leave=_LEAVE) as around,
    ):
        # The app belongs to the thread that imports it, which is that of the tests.
        found = _imported(app) if isinstance(app, str) else app
        name = app if isinstance(app, str) else app.title
        report = _in_a_thread_of_its_own(found, name, wanted, Rehearsed(folder, around, writes))
    return replace(report, notes=(*notes, *report.notes))


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """Where an app may write, and what watches over that."""

    folder: Path
    around: "Isolation"
    writes: bool


def _in_a_thread_of_its_own(app: FastAPI, name: str, wanted: "Wanted", where: Rehearsed) -> "Report":
    """Whatever loop the test itself runs in; and a test goes on, also where the app never lets go of its own.

    Nothing waits for this thread, nor for those that begin in it.
    """
    from buckler.staging.own_loop import own_loop

    outcome: Future[Report] = Future()

    def give_up(report: "Report | None", why: str) -> None:
        if report is None:
            outcome.set_exception(ConfigurationError(f"drill: {name}: {why}"))
        else:
            outcome.set_result(report)

    def run() -> None:
        try:
            with own_loop() as runner:
                report = runner.run(_drilled(app, name, wanted, where, give_up))
        except BaseException as error:  # noqa: BLE001 - it is the test's, which waits for it
            if not outcome.done():
                outcome.set_exception(error)
        else:
            if not outcome.done():
                outcome.set_result(report)

    Thread(target=copy_context().run, args=(run,), name="drill", daemon=True).start()
    return outcome.result()


async def _drilled(app: FastAPI, name: str, wanted: "Wanted", where: Rehearsed, give_up: "GiveUp") -> "Report":
    from buckler.drill.plan.declared import NoPolicy
    from buckler.drill.plan.document import Unreadable
    from buckler.drill.transport.asgi import StartFailed
    from buckler.staging.in_process import drill_app
    from buckler.staging.rehearsal import Rehearsal

    try:
        return await drill_app(app, name, wanted, Rehearsal(where.folder, where.writes, _LEAVE), where.around, give_up)
    except (NoPolicy, StartFailed, Unreadable) as failure:
        raise ConfigurationError(f"drill: {name}: {failure}") from failure


@contextmanager
def _surrounded(app: str | FastAPI, folder: Path, variables: Mapping[str, str]) -> Generator[tuple[str, ...]]:
    """The environment that an app finds which is imported only now, until the drill is over; and what of it is late."""
    from buckler.staging.environment import development_in, said

    is_there = not isinstance(app, str) or app.partition(":")[0] in sys.modules
    late = f"imported before the drill, so at its import it did not find: {', '.join(variables)}"
    with development_in(folder) if isinstance(app, str) else nullcontext(), said(variables, folder):
        yield (late,) if variables and is_there else ()


def _imported(name: str) -> FastAPI:
    """The app `MODULE:APP`, which many open their database at the import of."""
    from buckler.drill.transport.calls import EndedProcess

    try:
        return _named(name)
    except (PermissionError, EndedProcess) as refused:
        raise ConfigurationError(f"drill: {name} cannot be imported: {refused}") from refused


def _named(name: str) -> FastAPI:
    """The app `MODULE:APP`."""
    module, _, attribute = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        # As `python -m pytest` has it, and plain `pytest` has not.
        sys.path.insert(0, here)
    try:
        found = getattr(import_module(module), attribute or "app", None)
        made = found() if callable(found) and not isinstance(found, FastAPI) else found
    except ModuleNotFoundError as missing:
        raise ConfigurationError(f"drill: {name}: {missing}. An app is named MODULE:APP, as in main:app.") from missing
    if not isinstance(made, FastAPI):
        raise ConfigurationError(
            f"drill: {name}: {module} has no FastAPI app of that name, nor a function that makes one."
        )
    return made
