"""Attacks on the wire, each seen to find a planted flaw of a server of its own and to find nothing without it."""

from pathlib import Path

import pytest

from buckler.drill.attack import Untested
from buckler.drill.attacks.wire import WIRE
from buckler.drill.run import attack_all
from tests.drill.attacks.wire.stage import QUICK, engaged, trusting
from tests.drill.stage import found
from tests.drill.targets.wire_server import DOCUMENT, TLS_FLAWS, Times, make_identity, serving

TIMES = Times(head=0.2, body=0.2)
PLANTED = {
    "length-and-chunks": {("D701", "*")},
    "two-lengths": {("D701", "*")},
    "odd-chunks": {("D701", "*")},
    "any-host": {("D702", "*")},
    "host-in-redirect": {("D702", "GET /old")},
    "bare-line-feeds": {("D703", "*")},
    "folded-headers": {("D703", "*")},
    "odd-header-names": {("D703", "*")},
    "slow-heads": {("D704", "*")},
    "slow-bodies": {("D705", "*")},
    "old-tls": {("D706", "*")},
    "certificate-expired": {("D706", "*")},
    "certificate-self-signed": {("D706", "*")},
    "plain-http": {("D707", "*")},
    "banner": {("D708", "*")},
}


async def found_on(flaw: str, folder: Path) -> set[tuple[str, str]]:
    flawed = frozenset({flaw})
    identity = make_identity(folder, flawed) if flaw in TLS_FLAWS else None
    trust = trusting(identity.authority) if identity else True
    async with (
        serving(flawed, times=TIMES, identity=identity) as url,
        engaged(url, DOCUMENT, trust, verified=False) as on,
    ):
        return await found(on, *QUICK)


@pytest.mark.parametrize("flaw", PLANTED)
async def test_a_planted_flaw_is_found_and_nothing_else(flaw: str, tmp_path: Path) -> None:
    """Each by the attack that is named for it."""
    assert await found_on(flaw, tmp_path) == PLANTED[flaw]


@pytest.mark.parametrize("tls", [False, True])
async def test_nothing_is_found_on_a_server_that_keeps_the_rules(tls: bool, tmp_path: Path) -> None:
    """In clear and over TLS; and nothing is left untested, but what there is none of."""
    identity = make_identity(tmp_path, frozenset()) if tls else None
    trust = trusting(identity.authority) if identity else True
    async with serving(frozenset(), times=TIMES, identity=identity) as url, engaged(url, DOCUMENT, trust) as on:
        report = await attack_all(on, QUICK, url)
    assert report.findings == ()
    assert [each.verdict for each in report.judged if isinstance(each.verdict, Untested)] == []


def test_the_family_is_whole() -> None:
    """The ids in their order, and those of the tests are the same."""
    assert [attack.about.id for attack in WIRE] == [f"D70{number}" for number in range(1, 9)]
    assert [attack.about for attack in WIRE] == [attack.about for attack in QUICK]
