"""Mutants of what each route declares, made from the committed policy file: every line of it weakened by itself."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.mutants.declared import Weakened
from tests.mutants.mutant import Mutant

POLICY = Path(__file__).parents[2] / "docs" / "policy" / "reference-service.json"


def declared_mutants() -> Iterator[Mutant]:
    """One for each caller, permission, limit and kept-out site that the file has."""
    for route in json.loads(POLICY.read_text(encoding="utf-8"))["routes"]:
        if not route["owned"]:  # of these there are mutants with a load that checks nothing
            yield from _of(route, f"{route['methods'][0]} {route['path']}")


def _of(route: Mapping[str, Any], key: str) -> Iterator[Mutant]:
    if route["requires"]:
        yield Mutant(f"{key}: to Public", Weakened(key, "public"), ("D101", "D112"), key)
    if any(each["permissions"] for each in route["requires"]):
        yield Mutant(f"{key}: to Requires()", Weakened(key, "any caller"), ("D102", "D112"), key)
    for place, limit in enumerate(route["limits"]):
        name = f"{key}: {limit['rate']} by {limit['by']} to a million"
        yield Mutant(name, Weakened(key, "unlimited", place), ("D112",), key)
    if route["public"] and not route["public"]["cross_site"] and "GET" not in route["methods"]:
        yield Mutant(f"{key}: to cross_site=True", Weakened(key, "cross-site"), ("D112",), key)
