"""D706: what does the server agree on, and which certificate does it show?

1. SSL 3.0, TLS 1.0 and 1.1 are offered alone, by a first message that is written by hand: it counts where the server
   goes on to the end of its turn. The control is an answer over TLS as it is spoken today.
2. In TLS 1.2 suites are offered alone that are broken, that keep no secret for later, or that are of blocks.
3. The certificate is judged by date, name and strength, each by itself; then by the trust that was given. An authority
   that is not known is no finding where any certificate is taken of a server on this machine.
4. A message of today that is not understood makes the others worth nothing: untested.
"""

from typing import Final

from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Severity, Untested, Verdicts
from buckler.drill.attacks.wire.certificate import faults_of
from buckler.drill.attacks.wire.front import NOWHERE, head
from buckler.drill.attacks.wire.hello import (
    BROKEN,
    CBC,
    LASTING,
    MODERN,
    TLS_1_2,
    VERSIONS,
    Reply,
    client_hello,
    is_over,
    reply_in,
)
from buckler.drill.attacks.wire.raw import Endpoint, speak, speak_all, target
from buckler.drill.attacks.wire.shown import exchange_of
from buckler.drill.engagement import Engagement
from buckler.drill.transport.answer import NOTHING, Answer, Exchange
from buckler.drill.transport.request import Request

ABOUT: Final = About(
    id="D706",
    name="old TLS, weak ciphers, wrong certificate",
    family="wire",
    severity="medium",
    sends="First messages of TLS that offer old versions or weak suites alone; handshakes that check the certificate.",
    proves="Who stands between reads or changes what is sent, or clients cannot tell whom they talk to.",
    cwe=(326, 327, 295),
    owasp=("API8",),
    asvs=("12.1.1", "12.1.2", "12.2.2"),
    fix="Speak TLS 1.2 and 1.3 with Mozilla's intermediate suites, and renew the certificate by a machine.",
)
_PROTOCOL_VERSION: Final = 70
_OLD: Final = tuple(version for version in VERSIONS if version < TLS_1_2)
_SUITES: Final = (
    ("broken", BROKEN, "high"),
    ("without forward secrecy", LASTING, "low"),
    ("of blocks (CBC)", CBC, "low"),
)


async def _verdicts(on: Engagement) -> Verdicts:
    place = target(on)
    if not place.tls:
        yield NotApplicable(EVERYWHERE, "the target does not speak TLS")
        return
    said = head(NOWHERE, hosts=(place.authority,), fields=(b"Connection: close",))
    heard = await speak(on, said)
    if not heard.answers:
        yield Untested(EVERYWHERE, f"nothing was answered over TLS: {heard.failure or 'nothing came'}")
        return
    control = exchange_of(said, heard)
    verdicts = [each async for each in _agreed(on, control)] + [each async for each in _shown(on, control)]
    for each in verdicts or [Clean(EVERYWHERE)]:
        yield each


async def _agreed(on: Engagement, control: Exchange) -> Verdicts:
    """What the server agrees on that it should refuse."""
    place = target(on)
    everything = tuple(BROKEN) + tuple(LASTING) + tuple(CBC)
    offers = [(TLS_1_2, MODERN), *((version, everything) for version in _OLD)]
    offers += [(TLS_1_2, tuple(suites)) for _, suites, _ in _SUITES]
    hellos = [client_hello(version, suites, place.host) for version, suites in offers]
    clear = Endpoint(place.host, place.port, tls=False)
    today, *replies = [reply_in(heard.data) for heard in await speak_all(on, hellos, at=clear, enough=is_over)]
    if not today.whole and today.alert != _PROTOCOL_VERSION:
        yield Untested(EVERYWHERE, "a first message of TLS that was written by hand was not understood")
        return
    old = [reply for reply in replies[: len(_OLD)] if reply.whole and reply.version < TLS_1_2]
    if old:
        yield _finding(place, control, "versions", [reply.words for reply in old], None, old[0])
    weak = list(zip(_SUITES, replies[len(_OLD) :], strict=True))
    taken = [(kind, severity, reply) for (kind, _, severity), reply in weak if reply.whole]
    if taken:
        words = [f"{reply.words}, which is {kind}" for kind, _, reply in taken]
        worst: Severity = "high" if taken[0][1] == "high" else "low"
        yield _finding(place, control, "ciphers", words, worst, taken[0][2])


async def _shown(on: Engagement, control: Exchange) -> Verdicts:
    """What is wrong with the certificate."""
    try:
        faults = await faults_of(on)
    except (OSError, TimeoutError) as failure:
        yield Untested(EVERYWHERE, f"the certificate could not be had: {type(failure).__name__}")
        return
    certain = [fault.words for fault in faults if not fault.doubtful]
    if certain:
        attacked = _handshake(control, f"the certificate is refused: {'; '.join(certain)}")
        yield Finding(
            EVERYWHERE,
            f"Clients refuse the certificate: {'; '.join(certain)}.",
            attacked,
            (control,),
            place="certificate",
            severity="high",
            again=_openssl(target(on), "-verify_return_error"),
        )
    elif faults:
        yield Untested(EVERYWHERE, f"{faults[0].words}; its authority can be named: --ca FILE")


def _finding(
    place: Endpoint, control: Exchange, where: str, words: list[str], severity: Severity | None, first: Reply
) -> Finding:
    said = f"The server agrees on {'; '.join(words)}."
    attacked = _handshake(control, f"agreed on {first.words}")
    option = {"TLS 1.0": "-tls1", "TLS 1.1": "-tls1_1"}.get(VERSIONS.get(first.version, ""), "-tls1_2")
    again = _openssl(place, f"{option} -cipher ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return Finding(EVERYWHERE, said, attacked, (control,), place=where, severity=severity, again=again)


def _handshake(control: Exchange, words: str) -> Exchange:
    """A handshake in the place of a request: it came to no answer, and to these words."""
    return Exchange(Request("GET", control.request.path), Answer(NOTHING, failure=words))


def _openssl(place: Endpoint, options: str) -> str:
    return f"openssl s_client -connect {place.host}:{place.port} -servername {place.host} {options} </dev/null"


ATTACK: Final = Attack(ABOUT, _verdicts)
