"""Whether a stranger changed an object is for its owner to see: an answer that refuses says nothing of it."""

from collections.abc import Mapping

import pytest
from fastapi import FastAPI

from buckler.drill.attack import Clean, Finding, Untested, Verdict
from buckler.drill.attacks.access import object_write
from buckler.drill.plan.declared import Truth
from buckler.drill.run import attack_all
from tests.drill.attacks.access.late import How, late
from tests.drill.attacks.access.shelf import CAST
from tests.drill.attacks.access.test_declared_otherwise import policy, route
from tests.drill.stage import engaged

CHANGES = ("PUT /notes/{number}", "DELETE /notes/{number}", "POST /notes/{number}/seal")
OWN = {"anonymous": "no", "signed_in": "no", "roles": {"admin": "yes", "reader": "own_objects"}}


async def _verdicts(app: FastAPI, truth: Truth | None = None) -> Mapping[str, Verdict]:
    async with engaged(app, CAST, truth) as on:
        report = await attack_all(on, (object_write.ATTACK,), "late")
    return {each.verdict.route: each.verdict for each in report.judged}


@pytest.mark.parametrize("how", ["forbidden", "missing", "soft", "elsewhere", "broken"])
async def test_what_was_done_is_found_whatever_the_answer_says(how: How) -> None:
    """The owner finds it changed or gone, though another account was told no."""
    said = await _verdicts(late(how))
    assert {key: type(said[key]) for key in CHANGES} == dict.fromkeys(CHANGES, Finding)


@pytest.mark.parametrize("how", ["in order", "clock"])
async def test_nothing_is_found_where_the_answer_is_true(how: How) -> None:
    """Nor where the object counts how often it was looked at."""
    said = await _verdicts(late(how))
    assert {key: type(said[key]) for key in CHANGES} == dict.fromkeys(CHANGES, Clean)


async def test_a_refusal_is_believed_of_nobody_who_cannot_look() -> None:
    """No route shows the notes: whether it was done all the same is not known."""
    said = await _verdicts(late("forbidden", seen=False))
    for key in CHANGES:
        verdict = said[key]
        assert isinstance(verdict, Untested)
        assert "nothing shows its owner" in verdict.reason


@pytest.mark.parametrize(("how", "kind"), [("kept", Clean), ("missing", Finding)])
async def test_the_owner_decides_where_a_policy_says_whose_it_is(how: How, kind: type[Verdict]) -> None:
    """A removal that says yes to everybody, and removes what is the caller's own, is no finding."""
    truth = policy(
        *(
            route("/notes", method, may={**OWN, "roles": {"reader": "yes", "admin": "yes"}})
            for method in ("GET", "POST")
        ),
        *(route("/notes/{number}", method, may=OWN) for method in ("GET", "PUT", "DELETE")),
        roles={"reader": ["a:x"], "admin": ["*"]},
    )
    said = await _verdicts(late(how), truth)
    assert isinstance(said["DELETE /notes/{number}"], kind)
