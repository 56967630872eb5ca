"""What a drill found, as plain data: the verdicts, and the grid of what was attacked and what was not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from buckler.clock import SystemClock, date_of
from buckler.drill.attack import (
    EVERYWHERE,
    FAMILIES,
    SEVERITIES,
    About,
    Clean,
    Family,
    Finding,
    Severity,
    Untested,
    Verdict,
)
from buckler.drill.own_things import OwnThing
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.carrier import UNSAID_ORIGIN

Standing = Literal["found", "withstood", "untested", "not applicable"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict of one attack."""

    attack: About
    verdict: Verdict

    @property
    def severity(self) -> Severity:
        """How bad it is where it is a finding."""
        own = self.verdict.severity if isinstance(self.verdict, Finding) else None
        return own or self.attack.severity

    @property
    def fingerprint(self) -> str:
        """What a baseline knows a finding by: attack, route, identity and place, whatever the values were."""
        verdict = self.verdict
        parts = (self.attack.id, verdict.route, verdict.identity)
        return (
            " | ".join((*parts, verdict.place)) if isinstance(verdict, Finding) and verdict.place else " | ".join(parts)
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the attacks that there was something for could be judged: found, or withstood with a control."""

    judged: int
    of: int

    @property
    def percent(self) -> float:
        """0 where there was nothing to attack."""
        return 100 * self.judged / self.of if self.of else 0.0

    def reaches(self, percent: float) -> bool:
        """Whether that is as much as is asked for. Where nothing was judged it never is."""
        return self.judged > 0 and self.percent >= percent


@dataclass(frozen=True)
class Report:
    """One drill of one target. Nothing in it is secret: exchanges are shown with `$NAMES`."""

    target: str
    began: str
    """ISO 8601, UTC."""
    seconds: float
    requests: int
    routes: tuple[str, ...]
    """Keys, in the order of the document."""
    identities: tuple[str, ...]
    judged: tuple[Judged, ...]
    origin: str = UNSAID_ORIGIN
    """Where `curl` lines go."""
    notes: tuple[str, ...] = ()
    """What was guessed, what was left out, and why."""
    stopped: str = ""
    """Why it ended before all was done; empty where it did not."""
    accepted: Mapping[str, str] = field(default_factory=dict[str, str])
    """Findings of the baseline by fingerprint, with their reasons: they are told, and fail nothing."""
    secret_names: frozenset[str] = frozenset()
    """What secrets are shown as, without the `$`: in exchanges they stand for what whoever repeats them fills in."""
    entrances: Mapping[str, tuple[Exchange, ...]] = field(default_factory=dict[str, tuple[Exchange, ...]])
    """How people came in, by name: the request that made the account, where one did, and the sign-in."""
    start: str = ""
    """What starts an app that was attacked in this process; empty for a server."""
    own_things: tuple[OwnThing, ...] = ()
    """What the drill had on this machine meanwhile: it is gone."""

    @cached_property
    def findings(self) -> tuple[Judged, ...]:
        """What has to be mended, the worst first."""
        return tuple(each for each in self._found if each.fingerprint not in self.accepted)

    @cached_property
    def accepted_findings(self) -> tuple[Judged, ...]:
        """What the baseline lets be, the worst first."""
        return tuple(each for each in self._found if each.fingerprint in self.accepted)

    @cached_property
    def _found(self) -> tuple[Judged, ...]:
        found = [each for each in self.judged if isinstance(each.verdict, Finding)]
        return tuple(
            sorted(found, key=lambda each: (-SEVERITIES.index(each.severity), each.attack.id, each.verdict.route))
        )

    @cached_property
    def untested(self) -> tuple[Judged, ...]:
        """What could not be attacked, with the reasons."""
        return tuple(each for each in self.judged if isinstance(each.verdict, Untested))

    @cached_property
    def counts(self) -> Counter[str]:
        """How many verdicts of each kind."""
        return Counter(state_of(each.verdict) for each in self.judged)

    def at_least(self, severity: Severity) -> tuple[Judged, ...]:
        """The findings of this severity and above."""
        least = SEVERITIES.index(severity)
        return tuple(each for each in self.findings if SEVERITIES.index(each.severity) >= least)

    @cached_property
    def grid(self) -> Mapping[tuple[str, str, Family], Standing]:
        """Per route, identity and family the worst that is known: what was found before what is unknown."""
        order: tuple[Standing, ...] = ("not applicable", "withstood", "untested", "found")
        found: dict[tuple[str, str, Family], Standing] = {}
        for each in self.judged:
            cell = (each.verdict.route, each.verdict.identity, each.attack.family)
            state = state_of(each.verdict)
            if each.fingerprint in self.accepted and state == "found":
                state = "withstood"
            if order.index(state) >= order.index(found.get(cell, "not applicable")):
                found[cell] = state
        return found

    @cached_property
    def coverage(self) -> Coverage:
        """Of the attacks: one that was judged anywhere counts. What is not applicable anywhere is none of them."""
        states: dict[str, set[Standing]] = {}
        for each in self.judged:
            states.setdefault(each.attack.id, set()).add(state_of(each.verdict))
        judged = sum(bool(several & {"found", "withstood"}) for several in states.values())
        return Coverage(judged, sum(several != {"not applicable"} for several in states.values()))

    @property
    def attacked(self) -> int:
        """How many attacks were made, whatever came of them."""
        return self.counts["withstood"] + self.counts["found"]

    @property
    def families(self) -> tuple[Family, ...]:
        """Those of which there is any verdict."""
        seen = {each.attack.family for each in self.judged}
        return tuple(family for family in FAMILIES if family in seen)


def unbegun(target: str, attacks: Iterable[About]) -> Report:
    """What there is to say where it was stopped before anything was attacked."""
    untested = Untested(EVERYWHERE, "the drill was stopped before")
    judged = tuple(Judged(each, untested) for each in attacks)
    began = date_of(SystemClock.now()).isoformat(timespec="seconds")
    return Report(target, began, 0, 0, (), (), judged, stopped="stopped before anything was attacked")


def state_of(verdict: Verdict) -> Standing:
    """The word of a verdict in the grid."""
    if isinstance(verdict, Finding):
        return "found"
    if isinstance(verdict, Clean):
        return "withstood"
    return "untested" if isinstance(verdict, Untested) else "not applicable"
