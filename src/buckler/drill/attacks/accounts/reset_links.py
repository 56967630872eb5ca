"""D305: is the link of a reset built from what the client says its host is?

1. Somebody new asks for a reset, and the letter is read: where its link leads is the control.
2. It is asked for again with a foreign `Host`, and with the fields by which proxies tell one.
3. It counts where the link, or the answer, names the foreign host. Letters are read where the options say that they
   are, or in the log of an app in this process; without a letter with a link it is untested.
"""

from typing import Final

from buckler.drill.arriving.asking import done, without
from buckler.drill.arriving.knocking import Knocking
from buckler.drill.attack import EVERYWHERE, About, Attack, Clean, Finding, NotApplicable, Untested, Verdict, Verdicts
from buckler.drill.attacks.accounts.doors import NO_WAY_BACK, NOBODY_NEW, named, steps_back
from buckler.drill.engagement import Engagement
from buckler.drill.people.entry import Step
from buckler.drill.people.letters import Letter
from buckler.drill.people.post import NOT_FOUND, post_for
from buckler.drill.transport.answer import Exchange
from buckler.drill.transport.request import Fields

ABOUT: Final = About(
    id="D305",
    name="reset links lead elsewhere",
    family="accounts",
    severity="high",
    sends="A request for a reset with a foreign `Host`, and with `X-Forwarded-Host` and `Forwarded`.",
    proves="The owner of an account gets a genuine letter whose link gives the code to a stranger's host.",
    cwe=(640, 20),
    owasp=("API2", "API8"),
    asvs=("6.4.3",),
    fix="Build links from an origin that stands in the settings, and refuse other hosts.",
)
_BY_HOST: Final = "drill-host.example"
_BY_PROXY: Final = "drill-proxy.example"
_FORGED: Final[tuple[tuple[str, Fields], ...]] = (
    (_BY_HOST, (("Host", _BY_HOST),)),
    (
        _BY_PROXY,
        (
            ("X-Forwarded-Host", _BY_PROXY),
            ("X-Forwarded-Server", _BY_PROXY),
            ("X-Host", _BY_PROXY),
            ("Forwarded", f'for=203.0.113.9;host="{_BY_PROXY}"'),
        ),
    ),
)


async def _verdicts(on: Engagement) -> Verdicts:
    steps = steps_back(on)
    if not steps:
        yield Untested(EVERYWHERE, NO_WAY_BACK)
    for step in steps:
        yield await _judge(on, step)


async def _judge(on: Engagement, step: Step) -> Verdict:
    key, plain = step.route.key, await _asked(on, step, ())
    if plain is None:
        return Untested(key, NOBODY_NEW)
    control, letters = plain
    if not done(control.answer):
        return Untested(key, f"asking did not work: {control.answer.outcome}")
    unclear = "" if letters else NOT_FOUND
    if letters and not any(each.hosts for each in letters):
        return NotApplicable(key, "its letters have no links")
    for host, fields in _FORGED:
        found = await _asked(on, step, fields)
        if found is None:
            return Untested(key, NOBODY_NEW)
        exchange, letters = found
        if any(host in each for letter in letters for each in letter.hosts) or host in exchange.answer.text:
            words = f"The link that is sent leads to {host}, which only a header of the request named."
            return Finding(key, words, exchange, (control,), place=f"header {fields[0][0]}")
        if done(exchange.answer) and not letters:
            unclear = unclear or "the letter after a foreign host was not found"
    return Untested(key, unclear) if unclear else Clean(key)


async def _asked(on: Engagement, step: Step, fields: Fields) -> tuple[Exchange, list[Letter]] | None:
    """The answer, and the letters that came after it, for somebody to whom none was sent before."""
    who = await on.cast.newcomers.arrive()
    if who is None or who.account is None or not who.account.email:
        return None
    post = post_for(who.account, on.cast.letters, on.setting.logged)
    door = Knocking(on, step, "ask_reset", more=fields)
    exchange = await door.ask(named(who.account), without(who, on.fresh_address()))
    return exchange, await post.letters()


ATTACK: Final = Attack(ABOUT, _verdicts, spends=True)
