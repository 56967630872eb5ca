"""What a trial would have refused, added up from the lines of the log.

Read are `would_refuse`, whole or summed, the routes that the start named as undeclared, the answers that the exit
gate held, which it does on trial too, and refusals that no trial lifts, by their number. Everything else is passed
over; what is no line of JSON is counted. However long the log, a few thousand rows are kept: what strangers choose,
hosts and paths, is told as "others" beyond that.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from buckler.edge.trial import LIFTED
from buckler.redact import plain

MOST_ROWS: Final = 2000
MOST_CLIENTS: Final = 10_000
"""Of one row."""
LONGEST_LINE: Final = 65_536
MANY: Final = 20
"""From so many on, refusals that no trial lifts are told: fewer are what strangers send to everybody."""
OTHERS: Final = "(others)"
SUMMED: Final = "(several at once)"
_DEFENCES: Final = {code: defence for codes in LIFTED.values() for code, defence in codes.items()}
_HOST: Final = re.compile(r"asked for the host ([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(?::[0-9]{1,5})?")
_MOST_HOSTS: Final = 20
_MOST_SLASHES: Final = 10
_MOST_CODES: Final = 100
_MOST_COUNTED: Final = 1_000_000_000
"""By one line. A number of thousands of digits is none of ours, and could not be printed."""
_MOST_REQUESTS: Final = 1000
"""Whose lines stand close together: one request writes all of its own at its end."""
_SLASH: Final = "slash-redirect"


@dataclass(slots=True)
class Row:
    """What one refusal would have met, at one place."""

    by: str
    refusal: str
    at: str
    count: int = 0
    first: str = ""
    last: str = ""
    clients: set[str] = field(default_factory=set[str])

    def add(self, line: dict[str, Any], count: int) -> None:
        """One more line of it."""
        self.count += count
        first, last = _text(line.get("first") or line.get("at")), _text(line.get("last") or line.get("at"))
        self.first = min(filter(None, (self.first, first)), default="")
        self.last = max(self.last, last)
        client = _text(line.get("client") or line.get("who"))
        if client and client != "others" and len(self.clients) < MOST_CLIENTS:
            self.clients.add(client)

    @property
    def members(self) -> dict[str, object]:
        """As a program reads it."""
        told = {name: getattr(self, name) for name in ("by", "refusal", "at", "count", "first", "last")}
        return {**told, "clients": len(self.clients)}


class Report:
    """Adds up lines. `rows` are sorted, the most frequent first."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self.undeclared: dict[str, None] = {}
        self.held = 0
        """Answers that no declaration allowed, which no trial lets out."""
        self.would_refuse = 0
        """How many requests in all; one that would meet several refusals counts once, where its lines are whole."""
        self._requests: dict[str, None] = {}
        self._summed: set[str] = set()
        self._refused: dict[str, int] = {}
        self._slashes: dict[str, None] = {}
        self.malformed = 0
        self.events = 0
        """Lines that tell of an event, whatever it is. Without one it was no log of ours."""
        self.lines = 0

    def read(self, lines: Iterable[bytes]) -> None:
        """Take every line in."""
        for raw in lines:
            if raw.strip():
                self._take(raw)

    @property
    def rows(self) -> list[Row]:
        return sorted(self._rows.values(), key=lambda row: (-row.count, row.refusal, row.at))

    @property
    def is_exact(self) -> bool:
        """Whether no request can have been counted twice: sums of several kinds do not say which they share."""
        return len(self._summed) < 2

    @property
    def refused(self) -> list[tuple[str, int, str]]:
        """What was refused though the trial runs: the code, how often, what to do. The most frequent first.

        A path that differs by its last slash is told from the first time, since nobody else would.
        """
        told = [(code, count) for code, count in self._refused.items() if count >= MANY or code == _SLASH]
        return [(code, count, self._remedy(code)) for code, count in sorted(told, key=lambda each: (-each[1], each[0]))]

    @property
    def remedies(self) -> dict[str, str]:
        """What to set or to declare, for each refusal that was met."""
        return {code: self._remedy(code) for code in dict.fromkeys(row.refusal for row in self.rows)}

    def _take(self, raw: bytes) -> None:
        self.lines += 1
        try:
            line: object = json.loads(raw) if len(raw) <= LONGEST_LINE else None
        except (ValueError, RecursionError):
            line = None
        if not isinstance(line, dict):
            self.malformed += 1
            return
        found = cast("dict[str, Any]", line)
        self.events += 1 if _text(found.get("event")) else 0
        if found.get("event") == "sys_exemption" and isinstance(found.get("undeclared"), str):
            if len(self.undeclared) < MOST_ROWS:
                self.undeclared[found["undeclared"]] = None
        elif found.get("event") == "would_refuse":
            self._add(found)
        elif _text(found.get("refusal")):
            self._add_refused(found)

    def _add(self, line: dict[str, Any]) -> None:
        code, count = _text(line.get("refusal")), line.get("count", 1)
        if not code or type(count) is not int or not 1 <= count <= _MOST_COUNTED:
            self.malformed += 1
            return
        at = SUMMED if "count" in line else _place(line)
        if (code, at) not in self._rows and len(self._rows) >= MOST_ROWS:
            at = OTHERS
        by = _text(line.get("by")) or _DEFENCES.get(code, "")
        self._rows.setdefault((code, at), Row(by, code, at)).add(line, count)
        self.would_refuse += 0 if self._is_known(line) else count
        if "count" in line:
            self._summed.add(code)

    def _is_known(self, line: dict[str, Any]) -> bool:
        """Whether a line of this request was added before."""
        request = _text(line.get("request_id"))
        if not request or request in self._requests:
            return bool(request)
        self._requests[request] = None
        if len(self._requests) > _MOST_REQUESTS:
            del self._requests[next(iter(self._requests))]
        return False

    def _add_refused(self, line: dict[str, Any]) -> None:
        given, code = line.get("count", 1), _text(line["refusal"])
        count = given if type(given) is int and 0 < given <= _MOST_COUNTED else 1
        if code == "undecided":
            self.held += count
        elif code in self._refused or len(self._refused) < _MOST_CODES:
            self._refused[code] = self._refused.get(code, 0) + count
            if code == _SLASH and _text(line.get("path")) and len(self._slashes) < _MOST_SLASHES:
                self._slashes[plain(_text(line["path"]))] = None

    def _remedy(self, code: str) -> str:
        if code == _SLASH:
            asked = f" Asked for: {', '.join(self._slashes)}." if self._slashes else ""
            return _REMEDIES[code] + asked
        if code != "host-unknown":
            return _REMEDIES.get(code, "See the page of every refusal.")
        found = (_HOST.fullmatch(row.at) for row in self.rows if row.refusal == code)
        hosts = list(dict.fromkeys(each[1] for each in found if each is not None))[:_MOST_HOSTS]
        named = ",".join(hosts) or "old.example.com"
        return f"Of these, list what is yours: BUCKLER_HOSTS={named}. Strangers ask for any."


def _place(line: dict[str, Any]) -> str:
    """Where it happened: the route where one is known, of a host what was asked for, else the path."""
    if line.get("refusal") == "host-unknown" and line.get("reason"):
        return _text(line["reason"])
    if line.get("refusal") == "client-limited":
        return "(any)"
    return f"{_text(line.get('method'))} {_text(line.get('route') or line.get('path'))}".strip() or "-"


def _text(value: object) -> str:
    return value[:300] if isinstance(value, str) else ""


_BEHIND: Final = (
    "Say what stands in front and ends TLS: BUCKLER_BEHIND=1; without it each request counts as plain HTTP."
)
_REMEDIES: Final = {
    "body-too-large": 'Say how much the route takes, Accepts("10 MB"); or for all, BUCKLER_MAX_BODY_BYTES=10000000.',
    "client-limited": "Let a client ask more often, BUCKLER_CLIENT_LIMIT=1200/minute; if all seem to be one client,"
    " say what stands in front, BUCKLER_BEHIND=1.",
    "route-limited": 'Let callers ask more often: a higher rate in the Limit("...") of the route.',
    "messages-limited": 'Let sockets speak more often: a higher rate in the Limit("...", per="message") of the route.',
    "cookie-refused": 'Declare the cookie with its reason, Buckler(app, cookies=[Cookie("name", ...)]); the log names'
    " it, and what is wrong with it. It is no matter of BUCKLER_ settings.",
    "cross-site": "List the origin of the page, BUCKLER_CORS_ORIGINS=https://app.example.com; or say on a public route"
    ' that pages of others post there: Public("why", cross_site=True).',
    "csrf-token": "Send the token of the session: X-CSRF-Token, or {{ csrf_field }} first in the form; for clients that"
    " are no browsers take tokens, or on a public route Public(...), since no credential is looked at there.",
    "redirect-refused": "List where the app means to lead: BUCKLER_REDIRECT_ORIGINS=https://login.example.com.",
    "client-unclear": "What the proxies forward does not fit: BUCKLER_BEHIND says how many stand in front, or which.",
    "https-moved": _BEHIND,
    "https-required": _BEHIND,
    "invalid-token": "Tokens that your authenticator or issuers do not know: compare with what clients send.",
    "slash-redirect": "The router's redirect to the path with a slash more or less does not leave: declare both paths,"
    " or mend the clients.",
    "undeclared": 'Declare who may call: dependencies=[Public("why anybody may")], [Requires()] or'
    ' [Requires("things:read")].',
}
