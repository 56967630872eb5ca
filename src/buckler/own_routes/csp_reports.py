"""`POST /_buckler/csp-reports`: what browsers stopped on our pages, or would have (CSP level 3 section 5; ASVS 3.4.7).

- Both forms that browsers send: `application/csp-report`, and `application/reports+json` of the Reporting API.
- Whoever likes may post here, so all of it is a stranger's word: bounded, cut, and one line of the log at most for each
  second and network. What is no report is a 4xx.
- Of an address of HTTP the path alone is kept, or the origin where it is elsewhere, and of any other the scheme: what
  follows a question mark or `javascript:` may be a secret. The piece of script that a browser adds is not kept at
  all.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.declaring import Accepts, Limit, Public
from buckler.access.declarations.guarded import guarded
from buckler.asgi import exchange_of
from buckler.edge.csp_policy import REPORTS
from buckler.events import EventLog
from buckler.input.json import MalformedJson, judge

MOST_BYTES: Final = 65_536
MOST_REPORTS: Final = 20
"""Of one request; the Reporting API sends several together."""
_OLD: Final = "application/csp-report"
_NEW: Final = "application/reports+json"
_LONGEST: Final = 120
"""Characters of a field."""
_WORDS: Final = frozenset(
    ("blob", "data", "eval", "inline", "self", "trusted-types-policy", "trusted-types-sink", "wasm-eval")
)
"""What a browser says in the place of an address."""
_SCHEMES: Final = frozenset(
    (
        *("about", "blob", "data", "file", "filesystem", "http", "https", "javascript", "ws", "wss"),
        *("chrome-extension", "moz-extension", "safari-web-extension"),
    )
)
"""Those that are told by their name; any other word before a colon may be a secret."""
_WITH_PATH: Final = frozenset(("http", "https"))
_DIRECTIVES: Final = frozenset(
    (
        *("base-uri", "child-src", "connect-src", "default-src", "font-src", "form-action", "frame-ancestors"),
        *("frame-src", "img-src", "manifest-src", "media-src", "object-src", "require-trusted-types-for"),
        *("script-src", "script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem"),
        *("trusted-types", "worker-src"),
    )
)
"""Each is a kind of its own in the log; what a stranger makes up is none."""
_NO_REPORT: Final = "This is no report of a content security policy."


class CspReports:
    """Reads reports and writes them into the log."""

    def __init__(self, events: EventLog) -> None:
        self._events = events

    def routes(self) -> list[Route]:
        """The one route, for every browser that showed a page of ours."""
        declared = guarded(
            self.take,
            Public("browsers report what a policy stopped, without a caller", cross_site=True),
            Accepts(MOST_BYTES),
            Limit("120/minute", by="client", told=False),
        )
        return [Route(REPORTS, declared, methods=["POST"], include_in_schema=False)]

    async def take(self, request: Request) -> Response:
        """204. Raises `HTTPException`, 415 for another type and 400 for what is no report."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in (_OLD, _NEW):
            raise HTTPException(415, f"Reports come as {_OLD} or {_NEW}.")
        exchange = exchange_of(request.scope)
        for report in _reports(_read(await request.body()), kind)[:MOST_REPORTS]:
            self._events.emit(
                "csp_violation",
                exchange,
                page=_place(report.get("documentURL"), report),
                directive=_directive(report.get("effectiveDirective")),
                blocked=_place(report.get("blockedURL"), report),
                source=_place(report.get("sourceFile"), report),
                line=_number(report.get("lineNumber")),
                disposition=_word(report.get("disposition")),
            )
        return Response(status_code=204)


def _read(body: bytes) -> object:
    try:
        judge(body)
    except MalformedJson as error:
        raise HTTPException(400, _NO_REPORT) from error
    return cast("object", json.loads(body))


def _reports(document: object, kind: str) -> list[Mapping[str, Any]]:
    """The violations in it, with the names of the Reporting API. Raises `HTTPException`."""
    if kind == _OLD:
        told = cast("Mapping[str, object]", document).get("csp-report") if isinstance(document, dict) else None
        if isinstance(told, dict):
            return [_renamed(cast("Mapping[str, object]", told))]
    elif isinstance(document, list) and all(isinstance(each, dict) for each in cast("list[object]", document)):
        found = cast("list[Mapping[str, object]]", document)
        bodies = [each.get("body") for each in found if each.get("type") == "csp-violation"]
        return [cast("Mapping[str, Any]", each) for each in bodies if isinstance(each, dict)]
    raise HTTPException(400, _NO_REPORT)


def _renamed(told: Mapping[str, object]) -> Mapping[str, Any]:
    return {
        "documentURL": told.get("document-uri"),
        "blockedURL": told.get("blocked-uri"),
        "effectiveDirective": told.get("effective-directive", told.get("violated-directive")),
        "sourceFile": told.get("source-file"),
        "lineNumber": told.get("line-number"),
        "disposition": told.get("disposition"),
    }


def _place(address: object, report: Mapping[str, Any]) -> str:
    """The path of an address on the reported page's own origin, else the origin, or the browser's word for it."""
    if not isinstance(address, str) or address in _WORDS:
        return address if isinstance(address, str) else ""
    own, found = _split(report.get("documentURL")), _split(address)
    if found is None or found[0] not in _SCHEMES:
        return "?"
    scheme, host, path = found
    if scheme in _WITH_PATH and own is not None and own[:2] == (scheme, host):
        return path[:_LONGEST]
    return f"{scheme}://{host}"[:_LONGEST] if host else f"{scheme}:"[:_LONGEST]


def _split(address: object) -> tuple[str, str, str] | None:
    """Scheme, host and path; None for what is no address."""
    if not isinstance(address, str):
        return None
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    return (parts.scheme, host, parts.path) if parts.scheme else None


def _directive(value: object) -> str:
    name = _word(value)
    return name if name in _DIRECTIVES else "unknown"


def _word(value: object) -> str:
    return value.partition(" ")[0][:_LONGEST] if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < 10**9 else 0
