"""The public keys that an app hands out: at the usual places, and wherever an answer of its own carries one."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, cast
from urllib.parse import urlsplit

from buckler.drill.attacks.tokens.keys import Published, from_jwk, from_pem, jwks_in
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS, Identity
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.request import Request

_USUAL: Final = ("/.well-known/jwks.json", "/.well-known/openid-configuration", "/jwks.json")
_LIKELY: Final = re.compile(r"jwk|well-known|public_?-?key|pub_?key|cert|\bpem\b|/keys?$|openid", re.IGNORECASE)
_PEM: Final = re.compile(
    r"-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----[\w+/=\s]+?-----END \1-----\n?", re.ASCII
)
_MOST: Final = 3
"""Keys that are tried."""


async def published_keys(on: Engagement, who: Identity) -> tuple[Published, ...]:
    """Every key that was found."""
    found: list[Published | None] = []
    for path in _places(on):
        answer = await _read(on, path, who)
        found += _in(answer)
        if _of_set(answer):
            found += _in(await _read(on, _of_set(answer), who))
    kept: dict[str, Published] = {}
    for each in found:
        if each is not None:
            kept.setdefault(repr(each.texts[-1:]), each)
    return tuple(kept.values())[:_MOST]


def _places(on: Engagement) -> Iterator[str]:
    own = (route.path for route in on.routes if route.method == "GET" and not route.params)
    yield from dict.fromkeys((*(path for path in own if _LIKELY.search(path)), *_USUAL))


async def _read(on: Engagement, path: str, who: Identity) -> Answer:
    answer = (await on.ask(Request("GET", path), ANONYMOUS)).answer
    if answer.meant in (401, 403):
        answer = (await on.ask(Request("GET", path), who)).answer
    return answer


def _in(answer: Answer) -> list[Published | None]:
    if not answer.worked:
        return []
    text = answer.text[:100_000]
    said = answer.json()
    inside = "\n".join(_texts(said)) if said is not None else text
    pems = [from_pem(found.group(0)) for found in _PEM.finditer(inside)]
    return [*pems, *(from_jwk(each) for each in jwks_in(said))]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from _texts(each)


def _of_set(answer: Answer) -> str:
    """Where the description of an issuer says that its keys are, on the same host; empty where it says nothing."""
    said = answer.json() if answer.worked else None
    url = cast("Mapping[str, object]", said).get("jwks_uri") if isinstance(said, Mapping) else None
    return urlsplit(url).path if isinstance(url, str) else ""
