"""D708: do answers tell what the server is made of, and in which version?

1. An answer that worked, one to a path that does not exist, and one to a request that no server can read: the last is
   often written by another program than the others.
2. It counts where a field or the page of an error names a product with its version, or `X-Powered-By` and its like
   name anything. A name without a version is none.
3. The control is the answer that worked.
"""

import re
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdicts
from buckler.drill.attacks.wire.front import NOWHERE, front, head
from buckler.drill.attacks.wire.raw import speak_all, target
from buckler.drill.attacks.wire.shown import by_hand, exchange_of
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Answer

ABOUT: Final = About(
    id="D708",
    name="server and version told",
    family="wire",
    severity="low",
    sends="A request that works, one to nowhere, and one that cannot be read.",
    proves="Anybody learns which software in which version to look up flaws of.",
    cwe=(200, 497),
    owasp=("API8",),
    asvs=("13.4.6",),
    fix="Send no Server and no X-Powered-By: `uvicorn --no-server-header`; `server_tokens off` in nginx.",
)
_VERSIONED: Final = re.compile(r"[A-Za-z][\w.+-]*/v?\d+(\.\d+)*|\bv?\d+\.\d+(\.\d+)*\b")
_FIELDS: Final = ("server", "via")
_MADE_BY: Final = ("x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-runtime-version")
_IN_PAGES: Final = re.compile(
    r"\b(nginx|Apache|openresty|gunicorn|uvicorn|hypercorn|daphne|Werkzeug|aiohttp|Python|CPython|WSGIServer|Tornado"
    r"|Jetty|Tomcat|Caddy|Traefik|Envoy|Microsoft-IIS|OpenSSL|Cowboy|Puma)/\d+(\.\d+)*"
)
_HTTP: Final = re.compile(r"^(HTTP/)?[12](\.[01])? ", re.IGNORECASE)


async def _verdicts(on: Engagement) -> Verdicts:
    base = await front(on)
    if isinstance(base, Untested):
        yield base
        return
    close = b"Connection: close"
    said = {
        "an answer that worked": base.written(close),
        "an answer to a path that does not exist": head(NOWHERE, hosts=(base.authority,), fields=(close,)),
        "an answer to a request that cannot be read": b"DRILL\x00 / HTTP/9.9\r\n\r\n",
    }
    heard = await speak_all(on, said.values())
    told = [
        (words, sent, each, _told(each.answers[0]))
        for (words, sent), each in zip(said.items(), heard, strict=True)
        if each.answers and _told(each.answers[0])
    ]
    if told:
        words, sent, each, what = told[0]
        again = by_hand(sent, target(on))
        yield Finding(
            EVERYWHERE,
            f"It is told by {words}: {what}.",
            exchange_of(sent, each, base.who),
            (base.exchange,),
            base.who.name,
            again=again,
        )
    elif not any(each.answers for each in heard):
        yield Untested(EVERYWHERE, "no request that was written by hand was answered")
    else:
        yield Clean(EVERYWHERE)


def _told(answer: Answer) -> str:
    """The field or the words that tell it; empty where none does."""
    for name in _FIELDS:
        value = _HTTP.sub("", answer.header(name) or "")
        if _VERSIONED.search(value):
            return f"{name}: {value[:80]}"
    for name in _MADE_BY:
        if answer.header(name):
            return f"{name}: {(answer.header(name) or '')[:80]}"
    page = _IN_PAGES.search(answer.text[:4000]) if answer.status >= 400 else None
    return f"{page[0]} in the page of an error" if page is not None else ""


ATTACK: Final = Attack(ABOUT, _verdicts)
