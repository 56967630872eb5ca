"""Requests as a page of another site can have them sent by a browser, without a preflight (Fetch, section 2.2.2)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

from buckler.drill.attacks.browser.session import Session, cookies_shown, with_cookies
from buckler.drill.attacks.browser.set_cookie import set_cookies
from buckler.drill.people.identity import Identity
from buckler.drill.plan.route import FORM, MULTIPART
from buckler.drill.transport.request import Request

EVIL: Final = "https://evil.example"
Kind = Literal["form", "text", "bare"]
"""A form; a text with JSON in it; a body of which nobody says what it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where the forged request comes from: another site, or a sibling host of the same site."""

    origin: str
    site: Literal["cross-site", "same-site"]

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What a browser says of a form that such a page sends (Fetch Metadata)."""
        return (
            ("Origin", self.origin),
            ("Sec-Fetch-Site", self.site),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        )


ELSEWHERE: Final = Page(EVIL, "cross-site")


def sibling(origin: str) -> Page:
    """A page of a host beside that of the app, whose requests carry SameSite cookies."""
    parts = urlsplit(origin)
    return Page(f"{parts.scheme}://drill.{parts.netloc}", "same-site")


def forged(request: Request, page: Page) -> Iterator[tuple[Kind, Request]]:
    """The ways in which such a page can have this request sent. Fields that only scripts may add are gone."""
    media = request.header("content-type") or ""
    bare = replace(request, headers=page.fields)
    if media.partition(";")[0] in (FORM, MULTIPART) or not request.body:
        yield "form", bare.with_more(("Content-Type", media or FORM))
        return
    yield "text", bare.with_more(("Content-Type", "text/plain"))
    yield "bare", bare


def link(request: Request) -> Request:
    """A link that was followed from another site."""
    fields = tuple(field for field in ELSEWHERE.fields if field[0] != "Origin")
    return replace(request, headers=fields)


def in_their_browser(session: Session, page: Page, *, top_level_get: bool = False) -> Identity:
    """The caller with the cookies that a browser sends along."""
    if page.site == "same-site":
        return with_cookies(session.who, cookies_shown(session.who))
    given = set_cookies(session.entered.answer)
    kept = {
        name: value
        for name, value in cookies_shown(session.who).items()
        if name not in given or given[name].travels(top_level_get=top_level_get)
    }
    return with_cookies(session.who, kept)
