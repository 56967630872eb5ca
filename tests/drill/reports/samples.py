"""Reports to write: one as a drill of a shop might end, and one in which every text is hostile."""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Clean, Family, Finding, NotApplicable, Untested
from buckler.drill.report import Judged, Report
from buckler.drill.transport.answer import Answer, Exchange
from buckler.drill.transport.request import Request

JSON: Final = ("content-type", "application/json")
HOSTILE: Final = "<script>alert(1)</script>'\"&]]>`|@all ![x](http://evil.test/x) $(id) \x1b[31m\x00\t\r\n\u202e\ud800"
"""Markup, quotes, control and direction characters, half a character, and what Markdown and shells read."""


def about(id: str, name: str, family: Family, severity: str = "high") -> About:  # noqa: A002 - as `About` has it
    """An attack."""
    return About(
        id=id,
        name=name,
        family=family,
        severity=severity,  # type: ignore[arg-type]
        sends="The request of the owner, as somebody else.",
        proves="Whoever knows an id may read what belongs to others.",
        cwe=(639,),
        owasp=("API1",),
        asvs=("8.2.2",),
        fix="Load the object together with its owner, and answer 404 where they do not belong together.",
    )


OBJECT: Final = about("D103", "Object read", "access")
ASSIGNED: Final = about("D105", "Mass assignment", "access", "critical")
FORGED: Final = about("D201", "Unsigned token", "tokens", "critical")
TOLD: Final = about("D301", "Enumeration by the answer", "accounts", "medium")
MARKUP: Final = about("D411", "Markup reflected", "input", "high")
BROKE: Final = about("D413", "Type confusion", "input", "low")
BODY: Final = about("D501", "Body without a bound", "resources", "medium")
FRAMED: Final = about("D605", "Headers missing", "browser", "low")


def exchange(
    method: str = "GET",
    path: str = "/orders/7",
    who: str = "ada",
    status: int = 200,
    body: bytes = b"",
    answer: bytes = b'{"id": 7}',
    **fields: str,
) -> Exchange:
    """One that a caller sent with a token."""
    headers = (("authorization", f"Bearer ${who.upper()}_TOKEN"),) if who != "anonymous" else ()
    named = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Exchange(
        Request(
            method, path.partition("?")[0], path.partition("?")[2], (*headers, *((JSON,) if body else ()), *named), body
        ),
        Answer(
            status,
            (
                JSON,
                ("x-request-id", "5f1c"),
            ),
            answer,
            0.012,
        ),
        who,
    )


OWNED: Final = Finding(
    "GET /orders/{id}",
    "Another account read this order: bob got the same answer as ada, who owns it.",
    exchange(who="bob", answer=b'{"id": 7, "owner": "ada", "total": 129.5, "address": "3 Mill Lane"}'),
    (exchange(answer=b'{"id": 7, "owner": "ada", "total": 129.5, "address": "3 Mill Lane"}'),),
    "bob",
    "path id",
)
NAMES: Final = frozenset(("ADA_TOKEN", "BOB_TOKEN", "ADA_PASSWORD"))
ROUTES: Final = (
    "POST /auth/register", "POST /auth/login", "POST /auth/logout", "GET /me", "PATCH /me", "GET /orders",
    "POST /orders", "GET /orders/{id}", "PATCH /orders/{id}", "DELETE /orders/{id}", "GET /orders/{id}/invoice",
    "GET /products", "GET /products/{slug}", "GET /search", "POST /coupons/redeem", "GET /admin/users",
    "GET /admin/users/{user_id}/orders", "POST /admin/products", "GET /health",
)  # fmt: skip
PEOPLE: Final = ("anonymous", "ada", "bob", "admin")


def _forged() -> Finding:
    """An administrator's list, for a token that nobody signed."""
    attacked = exchange(
        path="/admin/users",
        who="anonymous",
        answer=b'[{"id": 1, "name": "admin"}]',
        authorization="Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    )
    refused = exchange(
        path="/admin/users",
        who="anonymous",
        status=401,
        answer=b'{"detail": "Sign in first"}',
        authorization="Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA",
    )
    return Finding("GET /admin/users", "A token whose algorithm is `none` was let in.", attacked, (refused,))


def _assigned() -> Finding:
    """A role that somebody gave himself."""
    body = b'{"name": "ada", "role": "admin"}'
    taken = exchange("PATCH", "/me", "ada", body=body, answer=b'{"name": "ada", "role": "admin"}')
    usual = exchange("PATCH", "/me", "ada", body=b'{"name": "ada"}', answer=b'{"name": "ada", "role": "customer"}')
    words = "A field that the document does not offer was kept: role."
    return Finding("PATCH /me", words, taken, (usual,), "ada", "body role")


def _reflected() -> Finding:
    """Markup of a question in the page of its answer."""
    markup = exchange(
        path="/search?q=%3Cb%3Ebuckler%3C%2Fb%3E", who="anonymous", answer=b"<p>Nothing for <b>buckler</b></p>"
    )
    plain = exchange(path="/search?q=buckler", who="anonymous", answer=b"<p>Nothing for buckler</p>")
    return Finding("GET /search", "What was searched for came back as markup.", markup, (plain,), place="query q")


def _long() -> Finding:
    """A body without a bound."""
    long = exchange("POST", "/orders", body=b'{"note": "' + b"a" * 1_000_000 + b'"}', status=201)
    short = exchange("POST", "/orders", body=b'{"note": "a"}', status=201)
    words = "A body of a megabyte was taken where a few hundred bytes are meant."
    return Finding("POST /orders", words, long, (short,), "ada")


def _broken() -> Finding:
    """A failure at nothing."""
    broke = exchange("POST", "/coupons/redeem", body=b'{"code": null}', status=500, answer=b"Internal Server Error")
    worked = exchange("POST", "/coupons/redeem", body=b'{"code": "SPRING"}')
    return Finding("POST /coupons/redeem", "null ended in a 500.", broke, (worked,), "ada", "body code")


def _shop_findings() -> tuple[Judged, ...]:
    return (
        Judged(OBJECT, OWNED),
        Judged(ASSIGNED, _assigned()),
        Judged(FORGED, _forged()),
        Judged(MARKUP, _reflected()),
        Judged(BODY, _long()),
        Judged(BROKE, _broken()),
    )


def shop(**changes: object) -> Report:
    """A drill that found something of everything."""
    judged = list(_shop_findings())
    for place, route in enumerate(ROUTES):
        for identity in PEOPLE:
            for attack in (OBJECT, FORGED, TOLD, MARKUP, BODY):
                kind = (place * 5 + len(identity) * 3 + int(attack.id[1:])) % 11
                verdict = Clean(route, identity)
                if kind in (2, 3):
                    judged.append(Judged(attack, NotApplicable(route, "no id", identity)))
                elif kind == 5:
                    why = f"no request worked that {identity} may send: status 404"
                    judged.append(Judged(attack, Untested(route, why, identity)))
                else:
                    judged.append(Judged(attack, verdict))
    judged.append(Judged(FRAMED, Untested(EVERYWHERE, "the time of --budget 60s was over")))
    given = {
        "target": "shop.main:app",
        "began": "2026-03-04T05:06:07+00:00",
        "seconds": 12.5,
        "requests": 1840,
        "routes": ROUTES,
        "identities": PEOPLE,
        "judged": tuple(judged),
        "notes": ("POST /auth/login was taken as the way in: it has a password and answers with access_token.",),
        "secret_names": NAMES,
    }
    return Report(**{**given, **changes})  # type: ignore[arg-type]


def hostile(text: str = HOSTILE) -> Report:
    """A report in which everything is this text."""
    attack = About("D999", text, "input", "critical", text, text, (79,), (text,), (text,), text)
    data = text.encode("utf-8", "replace")
    sent = Exchange(Request(text, f"/{text}", text, ((text, text),), data), Answer(200, ((text, text),), data), text)
    route = f"GET /{text}"
    return Report(
        target=text,
        began=text,
        seconds=1.0,
        requests=1,
        routes=(route, f"POST /{text}"),
        identities=(text, "anonymous"),
        judged=(
            Judged(attack, Finding(route, text, sent, (sent,), text, text)),
            Judged(attack, Finding(f"POST /{text}", text, sent, (sent,), text, text)),
            Judged(attack, Untested(route, text, "anonymous")),
            Judged(attack, Clean(f"PUT /{text}", text)),
        ),
        origin="https://localhost",
        notes=(text,),
        stopped=text,
        accepted={f"D999 | POST /{text} | {text} | {text}": text},
        secret_names=frozenset((text, "TOKEN")),
    )
