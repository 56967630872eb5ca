"""Who may what in an app, from the policy file that was committed, beside what the app itself declares now.

Without a file the app is its own judge, and nothing can be found that it declares itself: the notes say so.
In an app without roles a caller may hold one permission alone (`rights.py`), of which no policy has a row: the rows are
made here, of what each route asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import FastAPI

from buckler.drill.plan.declared import Declared, May, Truth, plain_path, read_policy
from buckler.drill.plan.differences import differences
from buckler.errors import ConfigurationError
from buckler.grants import covers_all
from buckler.install import buckler_of
from buckler.protected_app import Installed, installed_on
from buckler.staging.rights import rights_of

_NO_FILE: Final = (
    "no policy file was given: the app is judged by its own declarations, so nothing that it declares itself can be"
    " found wrong; write one with: buckler policy main:app --write policy.json"
)


@dataclass(frozen=True, slots=True)
class Truths:
    """What an app is judged by, and what it says itself: the same object where no file was given."""

    truth: Truth
    own: Truth
    notes: tuple[str, ...] = ()


def truths_of(app: FastAPI, policy_file: object = None) -> Truths:
    """Both. `policy_file` is what stands in the file, read as JSON; None where there is none.

    Raises `NoPolicy` for what is no policy file, `ConfigurationError` for an app without Buckler, and `StartRefused`.
    """
    buckler, installed = buckler_of(app), installed_on(app)
    if buckler is None or installed is None:
        raise ConfigurationError("staging: this app has no Buckler; there is nothing that says who may what in it.")
    own = _completed(read_policy(buckler.policy().plain()), installed)
    if policy_file is None:
        return Truths(own, own, (_NO_FILE,))
    return Truths(_completed(read_policy(policy_file), installed), own)


def difference(policy_file: object, app: FastAPI) -> list[str]:
    """How the app declares otherwise than the file, a line for each way. Raises as `truths_of` does."""
    both = truths_of(app, policy_file)
    return [str(each) for each in differences(both.truth, both.own)]


def _completed(truth: Truth, installed: Installed) -> Truth:
    """With a row for each set of permissions that somebody is played with, where there are no roles."""
    if installed.rules.roles is not None or truth.raw is None:
        return truth
    rights, routes = rights_of(installed), dict(truth.routes)
    for route in truth.raw["routes"]:
        for method in route["methods"] or ():
            key = f"{method} {plain_path(route['path'])}"
            may = {role: _may(route, held, routes[key]) for role, held in rights.items() if role}
            routes[key] = replace(routes[key], roles=may)
    return replace(truth, routes=routes)


def _may(route: Mapping[str, Any], held: frozenset[str], known: Declared) -> May:
    """What a person with these permissions and no role may here."""
    asked = route["requires"]
    if route["public"] is not None:
        return known.anonymous
    if route["source"] == "undeclared" or not all(_lets_in(each, held) for each in asked):
        return "no"
    if any(each["condition"] or each["step_up"] is not None or each["factors"] > 1 for each in asked):
        return "depends"
    narrowed = any(each.get("tenant") or not _is_lifted(each.get("unless"), held) for each in route["owned"])
    return "own_objects" if narrowed else "yes"


def _lets_in(asked: Mapping[str, Any], held: frozenset[str]) -> bool:
    kinds = asked["kinds"]
    return (kinds is None or "person" in kinds) and covers_all(held, asked["permissions"])


def _is_lifted(unless: str | None, held: frozenset[str]) -> bool:
    return unless is not None and covers_all(held, (unless,))
