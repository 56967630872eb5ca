"""What weakens and what judges does what it says."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from buckler.install import Buckler, buckler_of
from buckler.service import app as service
from tests.mutants import hunting
from tests.mutants.__main__ import score
from tests.mutants.declared import Weakened
from tests.mutants.defences import DEFENCES
from tests.mutants.fewer import Fewer
from tests.mutants.hunting import Fate, State, fate_of, judged
from tests.mutants.living import POLICY, UNCHANGED
from tests.mutants.mutant import Mutant, Unchanged
from tests.mutants.population import HARMLESS, population
from tests.mutants.routes import declared_mutants
from tests.mutants.text import Text, said
from tests.mutants.twin import Without
from tests.stage import development
from tests.twins.twin import Roster

SOURCES = Path(__file__).parents[2] / "src"
KEY = "POST /auth/invitations"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The service, as a drill finds it."""
    for name, value in {"ENVIRONMENT": "development", "DATA": str(tmp_path), "ORIGIN": "https://localhost"}.items():
        monkeypatch.setenv(f"BUCKLER_{name}", value)
    return service.create_app()


def committed(key: str) -> dict[str, Any]:
    """What the policy file says of one route."""
    routes = json.loads(POLICY.read_text(encoding="utf-8"))["routes"]
    return next(each for each in routes if f"{each['methods'][0]} {each['path']}" == key)


def route_of(app: FastAPI, key: str) -> dict[str, Any]:
    """What the app says of one route."""
    buckler = buckler_of(app)
    assert isinstance(buckler, Buckler)
    return next(each for each in buckler.policy().plain()["routes"] if f"{each['methods'][0]} {each['path']}" == key)


TEXTS = [each for each in population().values() if isinstance(each.change, Text)]


@pytest.mark.parametrize("mutant", TEXTS, ids=[each.name for each in TEXTS])
def test_every_text_fits_the_source_as_it_is(mutant: Mutant) -> None:
    """Each stands there once, and what comes of it is Python."""
    change = mutant.change
    assert isinstance(change, Text)
    source = SOURCES.joinpath(*change.module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    compile(change.applied(source), change.module, "exec")


@pytest.mark.parametrize(("old", "new"), [("a", "b"), ("x", "y"), ("bc", "bc")], ids=["twice", "never", "the same"])
def test_a_text_that_changes_nothing_for_certain_is_refused(old: str, new: str) -> None:
    """Twice, never, or by the same: none of it is a mutant."""
    with pytest.raises(Unchanged):
        said("anything", old, new).applied("abca")


def test_a_module_that_is_imported_already_cannot_be_changed() -> None:
    """It would be weakened for nobody."""
    with pytest.raises(Unchanged, match="imported already"):
        said("buckler.service.app", "a", "b").make()


def test_a_module_that_nobody_imports_is_no_mutant() -> None:
    """The drill has met the service as it is."""
    with pytest.raises(Unchanged, match="never imported"):
        said("buckler.no.such.module", "a", "b").check()


def test_another_process_imports_the_changed_source() -> None:
    """And so do those that import from it."""
    code = (
        "from tests.mutants.text import said\n"
        "change = said('buckler.clock', 'class SystemClock', 'WEAK = 1\\n\\n\\nclass SystemClock')\n"
        "change.make()\n"
        "import buckler.clock\n"
        "change.check()\n"
        "print(buckler.clock.WEAK)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=SOURCES.parent, capture_output=True, text=True, check=True)
    assert ran.stdout == "1\n"


def test_a_route_is_opened_alone(built: FastAPI) -> None:
    """Routes that share a declaration keep theirs."""
    key, neighbour = "GET /auth/me", "GET /auth/me/export"
    before = committed(neighbour)
    Weakened(key, "public").applied(built)
    assert route_of(built, key)["may"]["anonymous"] == "yes"
    assert route_of(built, neighbour)["may"] == before["may"]


def test_a_permission_is_taken_from_a_page(built: FastAPI) -> None:
    """Pages are plain routes, which carry what they declare themselves."""
    key = "GET /console/policy"
    Weakened(key, "any caller").applied(built)
    assert route_of(built, key)["may"]["signed_in"] == "yes"


def test_one_limit_of_several_is_raised(built: FastAPI) -> None:
    """The others stay, also where they are one budget with those of other routes."""
    before = committed(KEY)["limits"]
    Weakened(KEY, "unlimited", 1).applied(built)
    after = route_of(built, KEY)["limits"]
    assert len([each for each in after if each in before]) == len(before) - 1
    assert [each["rate"] for each in after if each not in before] == ["1000000/second"]


def test_other_sites_are_let_in(built: FastAPI) -> None:
    """To a form that anybody may send."""
    Weakened("POST /console/sign-in", "cross-site").applied(built)
    assert route_of(built, "POST /console/sign-in")["public"]["cross_site"]


@pytest.mark.parametrize("key", ["GET /nowhere", "GET /health"], ids=["no route", "nothing to weaken"])
def test_what_cannot_be_weakened_is_refused(built: FastAPI, key: str) -> None:
    """It would be the service as it is."""
    with pytest.raises(Unchanged):
        Weakened(key, "any caller").applied(built)


def test_every_line_of_the_policy_has_its_mutants() -> None:
    """Whoever is asked for, each permission, each limit and each site that is kept out."""
    routes = [each for each in json.loads(POLICY.read_text(encoding="utf-8"))["routes"] if not each["owned"]]
    names = [each.name for each in declared_mutants()]
    assert len(names) == len(set(names))
    assert len([each for each in names if each.endswith("to Public")]) == len([e for e in routes if e["requires"]])
    assert len([each for each in names if each.endswith("to a million")]) == sum(len(e["limits"]) for e in routes)


def test_every_defence_is_left_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that the service composes, and no other."""
    monkeypatch.setattr(service, "Buckler", Roster)
    for name, value in {"ENVIRONMENT": "development", "DATA": str(tmp_path), "ORIGIN": "https://localhost"}.items():
        monkeypatch.setenv(f"BUCKLER_{name}", value)
    roster = buckler_of(service.create_app())
    assert isinstance(roster, Roster)
    left = [each.name.removeprefix("without ") for each in DEFENCES if " and " not in each.name]
    assert sorted(left) == sorted(roster.names)


def test_a_defence_that_is_not_there_cannot_be_left_out() -> None:
    """A misspelt name would leave the service whole."""
    with pytest.raises(AssertionError, match="no defence is named"):
        Fewer(FastAPI(), without=("headers", "haeders"), settings=development())


def finding(attack: str, route: str) -> dict[str, Any]:
    """A report with one."""
    verdict = {"attack": attack, "route": route, "state": "found", "reason": None}
    return {"findings": [{"attack": attack, "route": route}], "verdicts": [verdict], "stopped": None}


@pytest.mark.parametrize(
    ("attack", "route", "state"),
    [("D101", "GET /a", "killed"), ("D101", "GET /b", "alive"), ("D102", "GET /a", "alive")],
    ids=["found", "elsewhere", "by another attack"],
)
def test_only_its_own_attack_at_its_own_place_kills(attack: str, route: str, state: State) -> None:
    """Whatever else is found is no proof, and is told."""
    mutant = Mutant("one", Without(("csp",)), ("D101",), "GET /a")
    found, words = judged(mutant, finding(attack, route))
    assert found == state
    assert attack in words


def test_what_cannot_be_seen_is_never_drilled_nor_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reason is told."""
    monkeypatch.setattr(hunting, "_lived", None)
    fate = fate_of(replace(HARMLESS, unseen="there is no server"))
    assert (fate.state, fate.words) == ("not seen", "there is no server")
    assert score([fate, Fate(HARMLESS, "killed", "")]) == (
        "1/1 killed; 1 more cannot be seen by a drill in process", 0
    )  # fmt: skip


def test_one_that_does_not_end_or_is_none_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails the score as one that lives does."""

    def endless(*_: object) -> None:
        raise subprocess.TimeoutExpired("python", 1)

    def unfit(*_: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess([], UNCHANGED, "", "it fits nowhere")

    for lived in (endless, unfit):
        monkeypatch.setattr(hunting, "_lived", lived)
        fate = fate_of(HARMLESS)
        assert fate.state == "broken"
        assert score([fate])[1] == 1


@pytest.mark.parametrize("states", [["killed", "alive"], []], ids=["one lives", "there is none"])
def test_a_score_that_is_not_whole_fails(states: list[State]) -> None:
    """Neither one that lives nor no mutant at all is a success."""
    assert score([Fate(HARMLESS, state, "") for state in states])[1] == 1


def test_an_attack_that_is_not_there_kills_nothing() -> None:
    """A name that was misspelt would otherwise be a mutant that nobody looks for."""
    fate = fate_of(replace(HARMLESS, by=("D999",)))
    assert (fate.state, fate.words) == ("alive", "no attack of D999 is there yet")
