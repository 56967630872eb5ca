"""D702: whose is a request that names no host, two, or another one?

1. No `Host`, two of them, a foreign one, and a foreign authority in the request line. It counts where the answer is
   that of the request with the right one (RFC 9112 section 3.2): links, caches and rules for hosts go by it.
2. Every route that reads and needs no value is asked with a foreign `Host`, and with `X-Forwarded-Host`. It counts
   where a link in the answer or its head leads to that host; the same request with the right one is the control.
3. Whoever asks is anybody: a link that was made for one is kept by a cache for others.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, Untested, Verdict, Verdicts
from buckler.drill.attacks.alike import roughly
from buckler.drill.attacks.wire.front import Front, front, head
from buckler.drill.attacks.wire.raw import Heard, speak, speak_all, target
from buckler.drill.attacks.wire.shown import by_hand, exchange_of
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Answer

ABOUT: Final = About(
    id="D702",
    name="foreign or doubled Host",
    family="wire",
    severity="medium",
    sends="Requests without a Host, with two, with a foreign one, and with a foreign authority in the request line.",
    proves="The app answers for hosts that are not its own, or leads to them in links that it makes.",
    cwe=(644, 346),
    owasp=("API8",),
    asvs=("4.1.3", "4.2.1"),
    fix="Refuse hosts that are not your own (Starlette's `TrustedHostMiddleware`, the hosts of Buckler), and make links"
    " from a setting.",
)
_FOREIGN: Final = "drill-host.example"
_MOST_ROUTES: Final = 20
_MOST_FOUND: Final = 5
_CLOSE: Final = b"Connection: close"
_FORWARDED: Final = f"X-Forwarded-Host: {_FOREIGN}".encode()
_LEADING: Final = ("location", "content-location", "link", "refresh")


async def _verdicts(on: Engagement) -> Verdicts:
    base = await front(on)
    if isinstance(base, Untested):
        yield base
        return
    found = [each async for each in _accepted(on, base)] + [each async for each in _reflected(on)]
    for each in found or [Clean(EVERYWHERE)]:
        yield each


async def _accepted(on: Engagement, base: Front) -> Verdicts:
    own, foreign = base.authority, _FOREIGN
    scheme = "https" if target(on).tls else "http"
    odd = {
        "a foreign Host": base.written(_CLOSE, hosts=(foreign,)),
        "no Host": base.written(_CLOSE, hosts=()),
        "two Hosts": base.written(_CLOSE, hosts=(own, foreign)),
        "a foreign authority in the request line": base.written(
            _CLOSE, path=f"{scheme}://{foreign}{base.request.target}"
        ),
    }
    plain = base.written(_CLOSE)
    control, *heard = await speak_all(on, (plain, *odd.values()))
    if not control.answers or not control.answers[0].worked:
        yield Untested(EVERYWHERE, "a request that was written by hand did not work")
        return
    taken = [(words, each) for words, each in zip(odd, heard, strict=True) if _is_same(control, each)]
    if taken:
        words, first = taken[0]
        yield Finding(
            EVERYWHERE,
            f"Answered as if it were the right one: {', '.join(words for words, _ in taken)}.",
            exchange_of(odd[words], first, base.who),
            (exchange_of(plain, control, base.who),),
            base.who.name,
            "Host",
            again=by_hand(odd[words], target(on)),
        )
    elif any(each.is_unclear for each in heard):
        yield Untested(EVERYWHERE, "it was not reached, or was asked too often")


def _is_same(control: Heard, heard: Heard) -> bool:
    return bool(heard.answers) and roughly(heard.answers[0], ()) == roughly(control.answers[0], ())


async def _reflected(on: Engagement) -> Verdicts:
    """Links to the foreign host, at the first routes that make some."""
    own = target(on).authority
    paths = dict(_paths(on))
    forms = {"Host": (_FOREIGN, _CLOSE), "X-Forwarded-Host": (own, _FORWARDED + b"\r\n" + _CLOSE)}
    found = 0
    for place, (host, fields) in forms.items():
        said = [head(path, hosts=(host,), fields=(fields,)) for path in paths]
        heard = await speak_all(on, said)
        for (path, key), sent, each in zip(paths.items(), said, heard, strict=True):
            if found < _MOST_FOUND and each.answers and _leads_away(each.answers[0]):
                verdict = await _compared(on, key, place, (path, sent, each))
                found += verdict is not None
                if verdict is not None:
                    yield verdict


async def _compared(on: Engagement, key: str, place: str, attacked: tuple[str, bytes, Heard]) -> Verdict | None:
    """The finding, where the same request with the right host leads to no foreign one."""
    path, said, heard = attacked
    plain = head(path, hosts=(target(on).authority,), fields=(_CLOSE,))
    control = await speak(on, plain)
    if control.is_unclear or not control.answers or _leads_away(control.answers[0]):
        return None
    return Finding(
        key,
        f"The answer leads to the host that {place} named.",
        exchange_of(said, heard),
        (exchange_of(plain, control),),
        place=place,
        severity="high",
        again=by_hand(said, target(on)),
    )


def _paths(on: Engagement) -> Iterator[tuple[str, str]]:
    """What is asked, with the name of its route; for the first also with a slash, which frameworks lead on from."""
    several = [
        route
        for route in on.routes
        if route.method == "GET" and not route.params and not any(slot.required for slot in route.parameters)
    ]
    for route in several[:_MOST_ROUTES]:
        yield route.path, route.key
    first = next((route for route in several if len(route.path) > 1), None)
    if first is not None:
        yield (first.path[:-1], first.key) if first.path.endswith("/") else (f"{first.path}/", first.key)


def _leads_away(answer: Answer) -> bool:
    """Whether a link leads to the foreign host; an answer that only says its name does not."""
    link = f"//{_FOREIGN}"
    heads: Mapping[str, str] = {name.lower(): value for name, value in answer.headers}
    told = any(link in heads.get(name, "") for name in _LEADING)
    return answer.status < 400 and (told or link in answer.text)


ATTACK: Final = Attack(ABOUT, _verdicts)
