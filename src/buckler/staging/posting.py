"""What is sent to bring people in: JSON, as a client or as a browser on the app's own page would send it."""

import json
from collections.abc import Mapping
from typing import Final, cast

from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.request import Fields, Request
from buckler.errors import ConfigurationError

_WITHIN: Final = 30.0
"""Seconds, hashing included."""


def of_own_page(carrier: Carrier) -> Fields:
    """What a browser says of a request that a page of the app itself makes (Fetch Metadata; RFC 6454)."""
    return (("Origin", carrier.origin), ("Sec-Fetch-Site", "same-origin"))


async def post(
    carrier: Carrier, path: str, body: Mapping[str, object], *, address: str, headers: Fields = ()
) -> Answer:
    """Send JSON, and take whatever comes back."""
    return (await posted(carrier, path, body, address=address, headers=headers)).answer


async def posted(
    carrier: Carrier, path: str, body: Mapping[str, object], *, address: str, headers: Fields = ()
) -> Exchange:
    """As `post`, with what was sent."""
    fields = (("Content-Type", "application/json"), *headers)
    request = Request("POST", path, headers=fields, body=json.dumps(body).encode())
    return Exchange(request, await carrier.carry(request, address=address, within=_WITHIN))


def members_of(answer: Answer, what: str) -> dict[str, str]:
    """The texts of an answer that worked. Raises `ConfigurationError` for one that did not."""
    found = answer.json()
    if not answer.worked or not isinstance(found, Mapping):
        told = answer.failure or f"{answer.status} {answer.text[:200]}"
        raise ConfigurationError(f"staging: {what} was answered with {told}")
    members = cast("Mapping[str, object]", found)
    return {name: value for name, value in members.items() if isinstance(value, str)}


def cookie_header(answer: Answer) -> str:
    """The cookies that an answer sets, as a browser sends them back."""
    return "; ".join(field.partition(";")[0] for field in answer.all("set-cookie"))
