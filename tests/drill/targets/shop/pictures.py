"""The route of a picture of oneself, fetched from where one keeps it."""

import asyncio
import http.client
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

from fastapi import APIRouter, HTTPException
from pydantic import StringConstraints

from tests.drill.targets.careful.texts import Strict
from tests.drill.targets.shop.callers import SignedIn

PLACES = frozenset({"images.shop.example"})
"""Where pictures may be: the one place that we run ourselves."""
LARGEST = 200_000
SECONDS = 3.0


class Picture(Strict):
    """Where it is."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=300, pattern=r"^[\x21-\x7e]+$")]


class NoRedirects(HTTPRedirectHandler):
    """Stays where it was sent."""

    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        """Never."""


class Pictures:
    """The route."""

    def __init__(self, flawed: frozenset[str]) -> None:
        self._fetched = fetched if "image-from-any-url" in flawed else fetched_from_us

    def router(self) -> APIRouter:
        """To fetch."""
        router = APIRouter(tags=["accounts"])
        router.post("/me/picture")(self.fetch)
        return router

    async def fetch(self, picture: Picture, caller: SignedIn) -> dict[str, str | int]:
        """Fetch a picture of me."""
        try:
            kind, body = await asyncio.to_thread(self._fetched, picture.url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise HTTPException(422, "There is no picture there") from error
        return {"type": kind, "size": len(body)}


def fetched(url: str) -> tuple[str, bytes]:
    """From anywhere."""
    with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310
        return answer.headers.get_content_type(), answer.read(LARGEST)


def fetched_from_us(url: str) -> tuple[str, bytes]:
    """From our own place, over TLS, without being sent elsewhere."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc not in PLACES:
        raise ValueError(url)
    with build_opener(NoRedirects).open(url, timeout=SECONDS) as answer:
        return answer.headers.get_content_type(), answer.read(LARGEST)
