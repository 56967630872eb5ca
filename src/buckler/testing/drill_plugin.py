"""A plugin for pytest that makes each attack of the drill a test of its own.

    pytest -p buckler.testing.drill_plugin --drill main:app --drill-policy policy.json

The app is attacked once, when the first of them runs. An attack that found something fails, with what to do about it;
one that could not be made anywhere is skipped, with the reasons. `-k D103` and the like choose among them.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from buckler.drill.attack import Attack, Untested
from buckler.drill.attacks.selection import select
from buckler.drill.report import Report
from buckler.drill.reports.terminal import summarise
from buckler.errors import BucklerError
from buckler.testing.drilling import drill


class Found(Exception):
    """An attack worked that must not. The text says what was seen and how to see it again."""


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

    @property
    def report(self) -> Report:
        """What was found, once it was looked for."""
        if self._has_failed:
            # It would fail in the same way for each of them.
            pytest.skip("the drill could not be made: see the first of its tests")
        if self._report is None:
            self._has_failed = True
            option: Any = self._config.getoption
            # Those that were chosen alone: `-k` has left others out by now.
            wanted = {each.attack.about.id for each in self._session.items if isinstance(each, AttackItem)}
            self._report = drill(
                self.app,
                only=wanted,
                policy=option("drill_policy"),
                options=option("drill_options"),
                baseline=option("drill_baseline"),
                seconds=option("drill_seconds"),
            ).report
            self._has_failed = False
        return self._report


class AttackItem(pytest.Item):
    """One attack as a test."""

    def __init__(self, *, attack: Attack, drill: Drill, **given: Any) -> None:
        super().__init__(**given)  # pyright: ignore[reportUnknownMemberType] - pytest takes what it is given
        self.attack = attack
        self._drill = drill

    def runtest(self) -> None:
        """Fail by what this attack found; skip where it could be made nowhere."""
        whole = self._drill.report
        own = replace(whole, judged=tuple(each for each in whole.judged if each.attack.id == self.attack.about.id))
        if own.findings:
            raise Found(summarise(own))
        if not own.counts["attacked"] and own.untested:
            reasons = Counter(each.verdict.reason for each in own.untested if isinstance(each.verdict, Untested))
            pytest.skip("; ".join(reason for reason, _ in reasons.most_common(3)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, without the way that led here."""
        if isinstance(excinfo.value, Found | BucklerError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """What it is called in the output."""
        return f"drill of {self._drill.app}", None, self.name


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which app, and by what truth."""
    group = parser.getgroup("buckler drill", "attack an app, each attack a test")
    group.addoption("--drill", metavar="MODULE:APP", help="attack this app")
    group.addoption("--drill-policy", metavar="FILE", help="the committed policy that is the truth")
    group.addoption("--drill-options", metavar="FILE", help="how one registers and signs in, and who")
    group.addoption("--drill-baseline", metavar="FILE", help="findings that are accepted for a while")
    group.addoption("--drill-seconds", metavar="N", type=float, default=60.0, help="how long it may take")


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each attack, where an app is named."""
    if config.getoption("drill"):
        once = Drill(session)
        for attack in select():
            name = f"{attack.about.id} {attack.about.name}"
            made: Any = AttackItem.from_parent  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            items.append(made(session, name=name, attack=attack, drill=once))
