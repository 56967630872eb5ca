"""D109: does something answer that nobody was told of?

1. In process every route is known: one that stands outside the document and in no policy, answers anybody, and by its
   words or its answer is for those who run the app, should not be there.
2. Everywhere a list of words is tried that are left behind often. It counts where the answer has the shape of the thing
   (`ref:` in .git/HEAD, `=` in .env), and a path that surely does not exist is answered otherwise.
"""

import re
from collections.abc import Mapping
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.engagement import Engagement
from buckler.drill.people.identity import ANONYMOUS
from buckler.drill.plan.names import is_for_operators
from buckler.drill.plan.route import Route
from buckler.drill.preparing.control import control_for
from buckler.drill.preparing.valid import draft_for
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D109",
    name="hidden or forgotten routes",
    family="access",
    severity="high",
    sends="Paths that stand in no document, and a list of words that are left behind often.",
    proves="Something for those who run the app answers anybody.",
    cwe=(425, 489, 538),
    owasp=("API9", "API8"),
    asvs=("13.4.2", "13.4.5", "13.4.7"),
    fix="Take it out, or ask for a caller; serve no folder that holds more than what is meant to be served.",
)
_TELLS: Final = re.compile(
    r"(SECRET|PASSWORD|TOKEN|API_KEY|DATABASE_URL)[\"'A-Z_]*\s*[=:]|# HELP |Traceback|sqlite:///|postgres(ql)?://|/home/|/usr/lib/python",
)
_WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "/.env": re.compile(r"^\s*[A-Z][A-Z0-9_]*\s*=", re.MULTILINE),
    "/.git/HEAD": re.compile(r"^ref: refs/|^[0-9a-f]{40}"),
    "/.git/config": re.compile(r"\[core\]"),
    "/metrics": re.compile(r"^# (HELP|TYPE) ", re.MULTILINE),
    "/debug": re.compile(r"."),
    "/debug/vars": re.compile(r"\{"),
    "/_debug": re.compile(r"."),
    "/debug/config": re.compile(r"."),
    "/config": re.compile(r"(?i)secret|password|database|debug"),
    "/config.json": re.compile(r"\{"),
    "/env": re.compile(r"(?i)path|secret|home"),
    "/actuator": re.compile(r"\{"),
    "/actuator/env": re.compile(r"\{"),
    "/server-status": re.compile(r"(?i)apache"),
    "/backup.sql": re.compile(r"(?i)create table|insert into"),
    "/dump.sql": re.compile(r"(?i)create table|insert into"),
    "/backup.zip": re.compile(r"^PK"),
    "/db.sqlite3": re.compile(r"^SQLite format 3"),
    "/app.db": re.compile(r"^SQLite format 3"),
    "/database.db": re.compile(r"^SQLite format 3"),
    "/admin": re.compile(r"(?i)admin|user|dashboard"),
    "/admin/users": re.compile(r"(?i)user|email"),
    "/internal": re.compile(r"."),
    "/internal/metrics": re.compile(r"."),
    "/users/_debug": re.compile(r"(?i)password|user"),
    "/users/v1/_debug": re.compile(r"(?i)password|user"),
    "/main.py": re.compile(r"(?m)^(import|from) "),
    "/app.py": re.compile(r"(?m)^(import|from) "),
    "/requirements.txt": re.compile(r"(?im)^[a-z0-9_-]+[=><~]="),
    "/.aws/credentials": re.compile(r"aws_access"),
    "/console": re.compile(r"(?i)werkzeug|interactive console"),
    "/graphql": re.compile(r"(?i)graphi?ql|must provide query"),
}


async def _verdicts(on: Engagement) -> Verdicts:
    nowhere = await on.ask(Request("GET", "/drill-there-is-no-such-path"))
    if on.in_process:
        for route in on.routes:
            if not route.documented and route.method == "GET":
                yield await _judge(on, route, nowhere)
    known = {route.path for route in on.routes}
    for path, shape in _WORDS.items():
        if path not in known:
            verdict = await _guess(on, path, shape, nowhere)
            if verdict is not None:
                yield verdict
    yield Clean(EVERYWHERE)


async def _judge(on: Engagement, route: Route, nowhere: Exchange) -> Verdict:
    if on.setting.truth is not None and route.key in on.setting.truth.routes:
        return NotApplicable(route.key, "the policy knows it")
    if route.is_documentation:
        return NotApplicable(route.key, "the documents of the app are judged by D110")
    control = await control_for(on, route, ANONYMOUS)
    if isinstance(control, Untested):
        again = await on.ask(draft_for(on, route, ANONYMOUS).request())
        return Clean(route.key) if again.answer.refused else control
    told = _TELLS.search(control.answer.text)
    if told is None and not is_for_operators(route.words):
        return NotApplicable(route.key, "nothing says that it is not for everybody")
    why = f"tells {told[0][:30]!r}" if told is not None else "is for those who run the app, by its own words"
    return Finding(route.key, f"It stands in no document, answers anybody, and {why}.", control, (nowhere,))


async def _guess(on: Engagement, path: str, shape: re.Pattern[str], nowhere: Exchange) -> Finding | None:
    exchange = await on.ask(Request("GET", path))
    if (
        not exchange.answer.worked
        or not shape.search(exchange.answer.text[:5000])
        or _alike(exchange.answer, nowhere.answer)
    ):
        return None
    return Finding(f"GET {path}", "It stands in no document, and answers anybody.", exchange, (nowhere,))


def _alike(answer: Answer, other: Answer) -> bool:
    """Whether the app answers everything so: a single page for all paths."""
    return answer.meant == other.meant and (answer.body == other.body or answer.is_html == other.is_html is True)


ATTACK: Final = Attack(ABOUT, _verdicts)
