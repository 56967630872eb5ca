"""A plugin for pytest that makes each attack of the drill a test of its own.

    pytest -p buckler.testing.drill_plugin --drill main:app --drill-policy policy.json

The app is attacked once, when the first of them runs. An attack that found something fails, with what to do about it;
one that could not be made anywhere is skipped, with the reasons. `-k D103` and the like choose among them. Where the
drill was stopped, the last of those that were chosen fails too: skipped tests look like nothing.
"""

from collections import Counter
from dataclasses import replace
from typing import Any, Final, get_args

import pytest

from buckler.drill.attack import Attack, Untested
from buckler.drill.attacks.selection import NoSuchAttack, select
from buckler.drill.bounds import FAIL_ON, REQUESTS, TIME, Threshold
from buckler.drill.report import Report
from buckler.drill.reports.terminal import summarise
from buckler.errors import BucklerError
from buckler.testing.drilling import drill

HANDED_ON: Final = (
    *("policy", "options", "baseline", "env", "login", "user", "admin", "token"),
    *("budget", "requests", "writes"),
)
"""What is said here as on the command line, and means the same."""


class DrillFailed(Exception):
    """An attack worked that must not, or too little was attacked. The text is the report of that."""


class Drill:
    """One drill for all of its tests."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._config = session.config
        self._report: Report | None = None
        self._has_failed = False

    @property
    def app(self) -> str:
        """`MODULE:APP`."""
        return str(self._config.getoption("drill"))

    def option(self, name: str) -> Any:
        """What was said for `--drill-NAME`."""
        return self._config.getoption(f"drill_{name}")

    @property
    def report(self) -> Report:
        """What was found, once it was looked for."""
        if self._has_failed:
            # It would fail in the same way for each of them.
            pytest.skip("the drill could not be made: see the first of its tests")
        if self._report is None:
            self._has_failed = True
            # Those that were chosen alone: `-k` has left others out by now.
            wanted = {each.attack.about.id for each in self._session.items if isinstance(each, AttackItem)}
            self._report = drill(self.app, only=wanted, **{name: self.option(name) for name in HANDED_ON}).report
            self._has_failed = False
        return self._report

    def heed_a_stop(self, item: pytest.Item) -> None:
        """Raise `DrillFailed` at the last of its tests, where it was stopped: they do not say all that was asked."""
        own = [each for each in self._session.items if isinstance(each, DrillItem)]
        if item is own[-1] and self.report.stopped:
            raise DrillFailed(summarise(self.report))


class DrillItem(pytest.Item):
    """One test of a drill."""

    def __init__(self, *, drill: Drill, **given: Any) -> None:
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType] - pytest takes what it is given
        self._drill = drill

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What went wrong, without the way that led here unless that way is wanted."""
        failure = excinfo.value
        told = str(failure) if isinstance(failure, DrillFailed | BucklerError) else ""
        return told or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """What it is called in the output."""
        return f"drill of {self._drill.app}", None, self.name


class AttackItem(DrillItem):
    """One attack as a test."""

    def __init__(self, *, attack: Attack, **given: Any) -> None:
        super().__init__(**given)
        self.attack = attack

    def runtest(self) -> None:
        """Fail by what this attack found; skip where it could be made nowhere."""
        whole = self._drill.report
        own = replace(whole, judged=tuple(each for each in whole.judged if each.attack.id == self.attack.about.id))
        least = self._drill.option("fail_on")
        if least != "never" and own.at_least(least):
            raise DrillFailed(summarise(own))
        self._drill.heed_a_stop(self)
        if own.findings:
            self.add_report_section("call", "drill", summarise(own))
        if not own.attacked:
            reasons = Counter(each.verdict.reason for each in own.untested if isinstance(each.verdict, Untested))
            told = "; ".join(reason for reason, _ in reasons.most_common(3))
            pytest.skip(told or "there is nothing here that it could be about")


class CoverageItem(DrillItem):
    """That enough could be judged, as a test: skipped tests look like nothing."""

    def runtest(self) -> None:
        """Fail where it was stopped, where nothing could be judged, or less than was asked for."""
        report = self._drill.report
        self._drill.heed_a_stop(self)
        if not report.coverage.reaches(self._drill.option("require_coverage")):
            raise DrillFailed(summarise(report))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which app, by what truth, and the rest in the words of the command."""
    group = parser.getgroup("buckler drill", "attack an app, each attack a test")
    add = group.addoption
    add("--drill", metavar="MODULE:APP", help="attack this app")
    add("--drill-policy", metavar="FILE", help="the committed policy that is the truth")
    add("--drill-options", metavar="FILE", help="how one registers and signs in, and who")
    add("--drill-baseline", metavar="FILE", help="findings that are accepted for a while")
    add("--drill-only", metavar="FAMILY|ID", action="append", default=[], help="only these attacks; may be repeated")
    add("--drill-skip", metavar="FAMILY|ID", action="append", default=[], help="none of these; may be repeated")
    add("--drill-env", metavar="NAME=VALUE", action="append", default=[], help="said to the app before its import")
    add("--drill-login", metavar="WORDS", help="how one signs in: 'POST /token form username password'")
    add("--drill-user", metavar="NAME:PASSWORD", action="append", default=[], help="an ordinary account that exists")
    add("--drill-admin", metavar="NAME:PASSWORD", help="an administrator's account that exists")
    add("--drill-token", metavar="ROLE=VARIABLE", action="append", default=[], help="a token, in this variable")
    add("--drill-budget", metavar="TIME", default=TIME, help="as in 60s or 5m")
    add("--drill-requests", metavar="N", type=int, default=REQUESTS, help="at most so many")
    add("--drill-writes", action="store_true", help="change things also where they are not thrown away after")
    add("--drill-fail-on", choices=get_args(Threshold), default=FAIL_ON, help="the least severity that fails a test")
    add("--drill-require-coverage", metavar="PERCENT", type=float, default=0, help="of the attacks; fewer fail a test")


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each attack, where an app is named."""
    if not config.getoption("drill"):
        return
    once = Drill(session)
    try:
        attacks = select(once.option("only"), once.option("skip"))
    except NoSuchAttack as wrong:
        raise pytest.UsageError(f"--drill-only, --drill-skip: {wrong}") from wrong
    # pytest's own types say nothing of what it hands on.
    attack_item: Any = AttackItem.from_parent  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    coverage_item: Any = CoverageItem.from_parent  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    names = ((attack, f"{attack.about.id} {attack.about.name}") for attack in attacks)
    items += [attack_item(session, name=name, attack=attack, drill=once) for attack, name in names]
    items.append(coverage_item(session, name="enough could be judged", drill=once))
