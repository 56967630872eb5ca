"""Published vectors of signed tokens: what they are and where they come from stands in the README beside them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Vector:
    """One token, the key it is offered to, and what must become of it."""

    name: str
    group: str
    key: Mapping[str, Any] = field(repr=False)
    """A JWK with its private half, or a set of them under `keys`."""
    public: Mapping[str, Any] | None = field(repr=False)
    """The public half, or None where there is none."""
    token: str = field(repr=False)
    """The compact form where it has one, else whatever stands in its place."""
    valid: bool
    flags: frozenset[str] = frozenset()


@cache
def wycheproof_signatures() -> tuple[Vector, ...]:
    """Project Wycheproof: JSON Web Signature."""
    return tuple(_wycheproof(HERE / "wycheproof_json_web_signature_test.json"))


@cache
def wycheproof_keys() -> tuple[Vector, ...]:
    """Project Wycheproof: JSON Web Key. Good signatures under keys that must not be taken, among others."""
    return tuple(_wycheproof(HERE / "wycheproof_json_web_key_test.json"))


@cache
def rfc7520() -> tuple[Vector, ...]:
    """RFC 7520 section 4: good signatures, by keys that are not ours and in forms that we do not take."""
    return tuple(vector for path in sorted((HERE / "rfc7520").iterdir()) for vector in _cookbook(path))


def _wycheproof(path: Path) -> Iterator[Vector]:
    for group in json.loads(path.read_text(encoding="utf-8"))["testGroups"]:
        for test in group["tests"]:
            token = test["jws"]
            yield Vector(
                f"{test['tcId']}-{test['comment']}",
                group["comment"],
                group.get("private") or group["public"],
                group.get("public"),
                token if isinstance(token, str) else json.dumps(token),
                test["result"] == "valid",
                frozenset(test["flags"]),
            )


def _cookbook(path: Path) -> Iterator[Vector]:
    example = json.loads(path.read_text(encoding="utf-8"))
    keys = example["input"]["key"]
    signings = example["signing"]
    for key, signing in zip(_listed(keys), _listed(signings), strict=True):
        name = f"{path.stem}-{key['kty']}"
        if "protected_b64u" in signing:
            yield Vector(name, "rfc7520", key, _public(key), f"{signing['sig-input']}.{signing['sig']}", valid=True)
    for form, output in example["output"].items():
        token = output if isinstance(output, str) else json.dumps(output)
        yield Vector(f"{path.stem}-{form}", "rfc7520 output", _listed(keys)[0], None, token, form == "compact")


def _listed(value: object) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", value if isinstance(value, list) else [value])


def _public(key: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if key["kty"] == "oct":
        return None
    return {member: value for member, value in key.items() if member not in {"d", "p", "q", "dp", "dq", "qi"}}
