"""Renders the pages of the console: the frame around each, and what every template may use."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from buckler.asgi import exchange_of, path_below_root
from buckler.clock import date_of
from buckler.console.assets import Assets
from buckler.console.navigation import Place, current_of, groups_for
from buckler.console.sentences import NOTHING_DONE
from buckler.console.surroundings import Surroundings
from buckler.edge.csp import PagePolicy
from buckler.edge.csp_policy import Csp
from buckler.errors import UNDECIDED
from buckler.pages import Templates
from buckler.principal import Principal
from buckler.refused import Refused

UNSTORED: Final = {"cache-control": "no-store"}
_ELSEWHERE: Final = frozenset(("cross-site", "same-site"))
_LONGEST_SAID: Final = 40
_UNNAMED: Final = "FastAPI"
"""What an app is called whose author named it nothing."""
_POLICY: Final = Csp(
    default_src=["'none'"], script_src=["'self'"], style_src=["'self'"], img_src=["'self'"], trusted_types=True
)
"""What these pages load, and nothing more, whatever the app allows its own."""


class View:
    """Turns the name of a template and what is known into an answer.

    `said` maps the words that may follow `?said=` to sentences.
    """

    def __init__(self, around: Surroundings, places: Sequence[Place], assets: Assets, said: Mapping[str, str]) -> None:
        settings = around.settings
        self._always = {
            "title": _title(around),
            "by_address": settings.identifier == "email",
            "mails": settings.mail is not None,
            "registration": settings.registration,
            "proves_addresses": settings.proves_addresses,
        }
        self._places = tuple(places)
        self._said = said
        self._assets = assets
        policy = PagePolicy(_POLICY, around.events)
        self._fields = {secure: _fields_of(policy, secure=secure) for secure in (False, True)}
        self._templates = own_templates()

    def page(
        self, request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """The answer with this template. No page of the console is stored anywhere."""
        whole = {**self._around(request), **(context or {})}
        return self._templates.page(
            request, template, whole, status=status, headers={**self._fields[_is_secure(request)], **(headers or {})}
        )

    def to(
        self, request: Request, path: str, said: str | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> Response:
        """Send the browser to a page with a GET, where `said` is told once (RFC 9110 section 15.4.4)."""
        told = "" if said is None else f"{'&' if '?' in path else '?'}said={said}"
        answer = RedirectResponse(f"{root_of(request)}{path}{told}", 303, UNSTORED)
        for name, value in headers:
            answer.headers.append(name, value)
        return answer

    def _around(self, request: Request) -> dict[str, Any]:
        who, root = caller_of(request), root_of(request)
        path = path_below_root(request.scope)
        word = request.query_params.get("said", "")[:_LONGEST_SAID]
        if request.headers.get("sec-fetch-site") in _ELSEWHERE:
            word = ""  # a link of another site says nothing in our name

        def asset(name: str) -> str:
            return root + self._assets.path(name)

        return {
            **self._always,
            "who": who,
            "groups": groups_for(self._places, who),
            "current": current_of(self._places, path),
            "root": root,
            "asset": asset,
            "said": self._said.get(word),
            "said_kind": "warn" if word in NOTHING_DONE else "good",
        }


@cache
def own_templates() -> Templates:
    """The console's own, which never change. To review and compile them takes a fifth of a second: it is done once."""
    return Templates(package=__package__, filters={"iso": iso, "moment": moment, "exact": exact, "gist": gist})


def _fields_of(policy: PagePolicy, *, secure: bool) -> dict[str, str]:
    told = policy.standing(secure=secure)
    return {**UNSTORED, **{name.decode("ascii"): value.decode("ascii") for name, value in told}}


def _is_secure(request: Request) -> bool:
    """Whether the browser came over HTTPS: over plain HTTP it knows no endpoints of reports."""
    exchange = exchange_of(request.scope)
    return exchange is not None and exchange.is_secure


def _title(around: Surroundings) -> str:
    """The name of the application; where nobody gave it one, that of its host."""
    return around.title if around.title != _UNNAMED else urlsplit(around.settings.issuer).netloc


def caller_of(request: Request) -> Principal | None:
    """Who asks, as the guard let it in; None on pages for anybody."""
    exchange = exchange_of(request.scope)
    return exchange.principal if exchange is not None else None


def require_caller(request: Request) -> Principal:
    """The same, of pages for whoever is signed in. Raises `Refused` where the guard let nobody in."""
    who = caller_of(request)
    if who is None:
        raise Refused(UNDECIDED)  # fail closed: such a page is never shown
    return who


def root_of(request: Request) -> str:
    """What stands before every path where the app is served below one."""
    return quote(str(request.scope.get("root_path", "")).rstrip("/"))


def iso(seconds: float) -> str:
    """A time of the database as machines read it (RFC 3339)."""
    return f"{date_of(seconds):%Y-%m-%dT%H:%M:%SZ}"


def moment(seconds: float) -> str:
    """The same as people read it, in UTC; script makes it that of the reader's own clock."""
    at = date_of(seconds)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def exact(seconds: float) -> str:
    """The same to the second."""
    at = date_of(seconds)
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC"


def gist(words: str) -> str:
    """What a sentence begins with, for a link to where all of it stands."""
    head = words.partition(". ")[0].partition(": ")[0]
    return words if len(head) == len(words) else f"{head.rstrip('.')}."
