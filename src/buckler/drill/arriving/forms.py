"""The forms of a page, as a browser would fill them in: their fields, and what keeps forms of other sites out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from buckler.drill.engagement import Engagement
from buckler.drill.people.handed import cookies_of, handed
from buckler.drill.people.identity import Identity
from buckler.drill.people.showing import csrf_header, is_csrf
from buckler.drill.plan.route import Route
from buckler.drill.transport.request import Request

_MOST_PAGES: Final = 3
_NO_FIELD: Final = frozenset(("submit", "button", "image", "reset", "file"))
_PAGES: Final = ("login", "signin", "sign-in", "register", "signup", "csrf", "csrf-token", "csrftoken")
"""The last parts of paths under which such a page may be found."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """What stands in each field at first, by name."""
    hidden: frozenset[str] = frozenset()
    passwords: frozenset[str] = frozenset()
    """Those that show stars."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a page gave that has to come back with its form."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])
    header: str = ""
    token: str = ""
    form: Form | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """As header fields."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        shown = ((self.header, self.token),) if self.header and self.token else ()
        return ((("Cookie", cookies),) if cookies else ()) + shown


def forms_in(page: str) -> tuple[tuple[Form, ...], str]:
    """The forms of a page, and the token that stands in its `meta`."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return tuple(
        Form(each.action, each.fields, frozenset(each.hidden), frozenset(each.passwords)) for each in reader.forms
    ), reader.token


async def ticket(on: Engagement, route: Route, who: Identity) -> Ticket | None:
    """What the page of a route gives, asked as `who`; None where no page gives anything."""
    found = None
    for path in _pages(on, route)[:_MOST_PAGES]:
        exchange = await on.ask(Request("GET", path), who)
        answer = exchange.answer
        if not answer.worked:
            continue
        cookies = cookies_of(answer)
        forms, token = forms_in(answer.text) if answer.is_html else ((), "")
        form = next(iter(sorted(forms, key=lambda each: not each.passwords)), None)
        token = token or handed(answer).csrf or next((each for name, each in cookies.items() if is_csrf(name)), "")
        fields = {name: form.fields[name] for name in form.hidden} if form is not None else {}
        token = token or next((value for name, value in fields.items() if is_csrf(name)), "")
        if cookies or token or form is not None:
            found = Ticket(fields, cookies, csrf_header(on.setting.document, cookies), token, form)
            if token or fields:
                break
    return found


def _pages(on: Engagement, route: Route) -> list[str]:
    """Where the form of a route may stand: at its own path, or at that of a page of the kind."""
    usual = [
        each.path
        for each in on.routes
        if each.method == "GET" and not each.params and each.segments and each.segments[-1].lower() in _PAGES
    ]
    return list(dict.fromkeys((route.path, *usual)))


@dataclass
class _Open:
    action: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    hidden: set[str] = field(default_factory=set[str])
    passwords: set[str] = field(default_factory=set[str])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Open] = []
        self.token = ""
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Open(said.get("action", "")))
            self._within = True
        elif tag == "meta" and is_csrf(said.get("name", "")):
            self.token = said.get("content", "")
        elif tag in ("input", "select", "textarea") and self._within and said.get("name"):
            self._field(said)

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "form"

    def _field(self, said: Mapping[str, str]) -> None:
        kind = said.get("type", "text").lower()
        if kind not in _NO_FIELD:
            self.forms[-1].fields[said["name"]] = said.get("value", "")
            if kind in ("hidden", "password"):
                known = self.forms[-1].hidden if kind == "hidden" else self.forms[-1].passwords
                known.add(said["name"])
