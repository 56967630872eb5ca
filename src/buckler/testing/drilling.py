"""The drill as a test: an app is attacked, and the test fails by what is found.

def test_security() -> None:
    drill("main:app", policy="policy.json").assert_clean()
"""

import asyncio
import json
import os
import sys
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Final, Literal

from fastapi import FastAPI

from buckler.clock import SystemClock, date_of
from buckler.errors import ConfigurationError

if TYPE_CHECKING:
    from buckler.drill.report import Report  # the drill needs more than the bare package
    from buckler.staging.drilling import Wanted

Severity = Literal["low", "medium", "high", "critical"]
_SAID: Final = {"BUCKLER_ENVIRONMENT": "development", "BUCKLER_PROCESSES": "1", "BUCKLER_ORIGIN": "https://localhost"}


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found."""

    report: "Report"

    def assert_clean(self, at_least: Severity = "low") -> None:
        """Raise `AssertionError`, with what was found and how to see it again, for findings of this severity and above.

        A drill that could attack nothing is not clean either.
        """
        from buckler.drill.reports.terminal import summarise

        if self.report.at_least(at_least) or not self.report.attacked:
            raise AssertionError("\n" + summarise(self.report))


def drill(
    app: str | FastAPI,
    *,
    policy: str | Path | None = None,
    options: str | Path | None = None,
    baseline: str | Path | None = None,
    only: Collection[str] = (),
    skip: Collection[str] = (),
    seconds: float = 60.0,
    writes: bool = False,
) -> Drilled:
    """In tests: attack an app in this process, and tell what worked that must not.

    `app` is the app, or `MODULE:APP`, or `MODULE:FUNCTION` that makes it. What is imported or made only now finds
    development settings and a data folder that is thrown away; an app that is there already keeps its own, which have
    to be of that kind. `policy` is the committed policy file, by which the app is judged; `options` tells how one signs
    in, for an app without Buckler; `baseline` names what is accepted for a while. `only` and `skip` take families and
    ids, as `access` and `D103`. With `writes` it may change what is not thrown away.

    Raises `ConfigurationError` where no test runs, for an app that may not be drilled, and for files that are wrong.
    ASVS 15.1.3.
    """
    from buckler.drill.attacks.selection import NoSuchAttack, select
    from buckler.drill.baseline import BaselineRefused, accept, read_baseline
    from buckler.drill.plan.options import Options, read_options
    from buckler.drill.plan.table import BadOptions
    from buckler.staging.drilling import Wanted

    try:
        attacks = select(only, skip)
        told = Options() if options is None else read_options(_text(options), os.environ)
        accepted = () if baseline is None else read_baseline(_text(baseline))
        truth = None if policy is None else json.loads(_text(policy))
    except (BadOptions, BaselineRefused, NoSuchAttack, ValueError) as wrong:
        raise ConfigurationError(f"drill: {wrong}") from wrong
    wanted = Wanted(attacks, seconds, policy=truth, options=told)
    report = _in_a_loop_of_its_own(app, wanted, writes=writes)
    return Drilled(accept(report, accepted, date_of(SystemClock.now()).date()))


def _in_a_loop_of_its_own(app: str | FastAPI, wanted: "Wanted", *, writes: bool) -> "Report":
    """Whatever loop the test itself runs in."""

    def run() -> "Report":
        return asyncio.run(_drilled(app, wanted, writes=writes))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run()
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(run).result()


async def _drilled(app: str | FastAPI, wanted: "Wanted", *, writes: bool) -> "Report":
    from buckler.drill.plan.declared import NoPolicy
    from buckler.drill.transport.asgi import StartFailed
    from buckler.staging.drilling import drill_app
    from buckler.staging.rehearsal import Rehearsal

    name = app if isinstance(app, str) else app.title
    with TemporaryDirectory(prefix="buckler-drill-") as made:
        found = _isolated_import(app, Path(made), writes=writes) if isinstance(app, str) else app
        try:
            # What tests keep in temporary folders of their own is thrown away too.
            return await drill_app(found, name, wanted, Rehearsal(Path(gettempdir()), writes))
        except (NoPolicy, StartFailed) as failure:
            raise ConfigurationError(f"drill: {name}: {failure}") from failure


def _isolated_import(name: str, folder: Path, *, writes: bool) -> FastAPI:
    """The app `MODULE:APP`, imported where it reaches no store that stays: many open their database at import."""
    from buckler.staging.isolation import isolated

    try:
        with isolated(Path(gettempdir()), writes=writes):
            return _named(name, folder)
    except PermissionError as refused:
        told = str(refused).replace("--writes", "writes=True")
        raise ConfigurationError(f"drill: {name} cannot be imported: {told}") from refused


def _named(name: str, folder: Path) -> FastAPI:
    """The app `MODULE:APP`. One that is imported only now finds settings that are thrown away with it."""
    module, _, attribute = name.partition(":")
    before = dict(os.environ)
    os.environ.update(_SAID, BUCKLER_DATA=str(folder / "data"))
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        # As `python -m pytest` has it, and plain `pytest` has not.
        sys.path.insert(0, here)
    try:
        found = getattr(import_module(module), attribute or "app", None)
        made = found() if callable(found) and not isinstance(found, FastAPI) else found
    except ModuleNotFoundError as missing:
        raise ConfigurationError(f"drill: {name}: {missing}. An app is named MODULE:APP, as in main:app.") from missing
    finally:
        os.environ.clear()
        os.environ.update(before)
    if not isinstance(made, FastAPI):
        raise ConfigurationError(
            f"drill: {name}: {module} has no FastAPI app of that name, nor a function that makes one."
        )
    return made


def _text(file: str | Path) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as failure:
        raise ConfigurationError(f"drill: {file} cannot be read ({failure.strerror or failure}).") from failure
