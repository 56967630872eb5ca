"""D110: may anybody read the interactive documents of the app?

1. The usual places are asked, and those that the app has in process.
2. On a machine of its developer they are meant to be open: an app that says so itself is not judged.
3. The control is a path that surely does not exist.
"""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Verdicts
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D110",
    name="documents open to anybody",
    family="access",
    severity="low",
    sends="The usual places of Swagger UI, ReDoc and the OpenAPI document.",
    proves="Anybody reads which routes there are and what they take.",
    cwe=(200,),
    owasp=("API8", "API9"),
    asvs=("13.4.5",),
    fix="Leave them out where the app is served: `FastAPI(docs_url=None, redoc_url=None, openapi_url=None)`; under"
    " Buckler they are there in development alone.",
)
_PLACES: Final = ("/docs", "/redoc", "/openapi.json", "/swagger", "/swagger-ui", "/api/docs", "/v1/docs")


async def _verdicts(on: Engagement) -> Verdicts:
    if on.setting.development:
        yield NotApplicable(EVERYWHERE, "the app runs as on its developer's machine, and says so")
        return
    nowhere = await on.ask(Request("GET", "/drill-there-is-no-such-path"))
    known = [route.path for route in on.routes if route.is_documentation and not route.params]
    open_ones: list[Exchange] = []
    for path in dict.fromkeys((*known, *_PLACES)):
        exchange = await on.ask(Request("GET", path))
        text = exchange.answer.text[:20_000].lower()
        if exchange.answer.worked and exchange.answer.body != nowhere.answer.body and _documents(text):
            open_ones.append(exchange)
    if open_ones:
        words = f"Anybody reads the documents of the app: {', '.join(each.request.path for each in open_ones)}."
        yield Finding(f"GET {open_ones[0].request.path}", words, open_ones[0], (nowhere,))
    else:
        yield Clean(EVERYWHERE)


def _documents(text: str) -> bool:
    return "openapi" in text or "swagger" in text


ATTACK: Final = Attack(ABOUT, _verdicts)
