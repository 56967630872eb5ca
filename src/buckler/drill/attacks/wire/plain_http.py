"""D707: is the API there in clear too, or does the way to HTTPS lead elsewhere?

1. A target that is itself named by http, on another machine: what it answers is a finding.
2. One that speaks TLS is asked in clear at the same port, and at the one that is told (`[target] plain`), else at 80
   where it listens at 443. No credential is sent. It counts where the answer is that which came over TLS.
3. Where it leads to HTTPS, it is asked with a foreign `Host`. It counts where it leads there.
4. The promise to come by HTTPS alone (Strict-Transport-Security) is judged with the other headers, by D605.
"""

from collections.abc import Sequence
from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.alike import roughly
from buckler.drill.attacks.wire.front import NOWHERE, Front, front, head
from buckler.drill.attacks.wire.raw import Endpoint, Heard, endpoint_of, speak, target
from buckler.drill.attacks.wire.shown import by_hand, exchange_of
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import Answer
from buckler.drill.transport.this_machine import is_this_machine

ABOUT: Final = About(
    id="D707",
    name="plain HTTP",
    family="wire",
    severity="high",
    sends="The same request in clear: to the port of TLS, and to the one for plain HTTP.",
    proves="Tokens and answers can be read and changed on their way, or the way to HTTPS leads elsewhere.",
    cwe=(319, 601),
    owasp=("API8",),
    asvs=("12.2.1", "4.1.2"),
    fix="Refuse plain HTTP, or lead a page to the host of your settings by HTTPS; never answer the API there.",
)
_CLOSE: Final = b"Connection: close"
_FOREIGN: Final = "drill-host.example"
_TOLD: Final = (200, 401)
"""What the app itself says: it serves, or it asks who is there."""


async def _verdicts(on: Engagement) -> Verdicts:
    place = target(on)
    if not place.tls:
        yield await _named_plain(on, place)
        return
    base = await front(on)
    path = base.exchange.request.target if isinstance(base, Front) else "/"
    said = head(path, hosts=(place.authority,), fields=(_CLOSE,))
    control = await speak(on, said)
    if not control.answers or control.answers[0].status not in _TOLD:
        yield Untested(EVERYWHERE, "no request without a credential came to an answer of the app over TLS")
        return
    places = _places(on, place)
    for each in places:
        if each.host != place.host:
            yield Untested(EVERYWHERE, f"[target] plain names {each.host}, which is not the host of the target")
        else:
            yield await _judged(on, each, path, (said, control))


async def _named_plain(on: Engagement, place: Endpoint) -> Verdict:
    if is_this_machine(place.host):
        return NotApplicable(EVERYWHERE, "nothing leaves this machine")
    base = await front(on)
    if isinstance(base, Untested):
        return base
    nowhere = head(NOWHERE, hosts=(place.authority,), fields=(_CLOSE,))
    control = exchange_of(nowhere, await speak(on, nowhere))
    return Finding(EVERYWHERE, "The API answers over plain HTTP.", base.exchange, (control,), base.who.name)


def _places(on: Engagement, place: Endpoint) -> Sequence[Endpoint]:
    """Where plain HTTP may be spoken."""
    clear = Endpoint(place.host, place.port, tls=False)
    if on.setting.plain:
        return clear, endpoint_of(on.setting.plain)
    return (clear, Endpoint(place.host, 80, tls=False)) if place.port == 443 else (clear,)


async def _judged(on: Engagement, at: Endpoint, path: str, control: tuple[bytes, Heard]) -> Verdict:
    """What one place does with a request in clear."""
    # The port of TLS has one authority for both; another port has its own.
    own = target(on).authority if at.port == target(on).port else at.authority
    said = head(path, hosts=(own,), fields=(_CLOSE,))
    heard = await speak(on, said, at=at)
    where = f"port {at.port}"
    if heard.failure:
        return NotApplicable(EVERYWHERE, f"nobody answers in clear at {where}")
    if not heard.answers:
        return Clean(EVERYWHERE)
    if heard.answers[0].limited:
        return Untested(EVERYWHERE, f"{where} was asked too often")
    if _is_same(heard.answers[0], control[1].answers[0]):
        words = f"The answer that came over TLS comes over plain HTTP too, at {where}."
        return _finding(words, (said, heard), control, at, where)
    if 300 <= heard.answers[0].status < 400:
        return await _led(on, at, path, (said, heard))
    return Clean(EVERYWHERE)


async def _led(on: Engagement, at: Endpoint, path: str, control: tuple[bytes, Heard]) -> Verdict:
    """Whether the way to HTTPS goes by the Host of whoever asks."""
    said = head(path, hosts=(_FOREIGN,), fields=(_CLOSE,))
    heard = await speak(on, said, at=at)
    led = (heard.answers[0].header("location") or "") if heard.answers else ""
    if f"//{_FOREIGN}" not in led:
        return Clean(EVERYWHERE)
    words = f"The way to HTTPS leads to whatever host is named, at port {at.port}."
    return _finding(words, (said, heard), control, at, f"port {at.port} Host", medium=True)


def _finding(
    words: str,
    attacked: tuple[bytes, Heard],
    control: tuple[bytes, Heard],
    at: Endpoint,
    where: str,
    *,
    medium: bool = False,
) -> Finding:
    return Finding(
        EVERYWHERE,
        words,
        exchange_of(*attacked),
        (exchange_of(*control),),
        place=where,
        severity="medium" if medium else None,
        again=by_hand(attacked[0], at),
    )


def _is_same(answer: Answer, other: Answer) -> bool:
    return roughly(answer, ()) == roughly(other, ())


ATTACK: Final = Attack(ABOUT, _verdicts)
