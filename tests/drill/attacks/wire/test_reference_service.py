"""The server of this package, as it is started by everybody: nothing on its wire is found, and nothing untested."""

import json
from pathlib import Path

import pytest

from buckler.drill.attack import Clean
from buckler.drill.attacks.wire import banner, hosts, message_length, odd_fields, plain_http, transport_security
from buckler.drill.attacks.wire.slow import Pace
from buckler.drill.attacks.wire.slow_bodies import slow_bodies
from buckler.drill.attacks.wire.slow_heads import slow_heads
from buckler.drill.run import attack_all
from tests.cli.running import serving
from tests.drill.attacks.wire.stage import engaged, trusting

PACE = Pace(seconds=4, every=0.25, each=2)
WAITS = {"BUCKLER_HEAD_SECONDS": "1", "BUCKLER_BODY_SECONDS": "1"}


@pytest.mark.heavy
async def test_nothing_is_found_on_the_wire_of_the_reference_service(tmp_path: Path) -> None:
    """With the deadlines of a second, and the port for plain HTTP beside it."""
    attacks = (message_length.ATTACK, hosts.ATTACK, odd_fields.ATTACK, transport_security.ATTACK, plain_http.ATTACK)
    slow = (slow_heads(PACE), slow_bodies(PACE))
    with serving(tmp_path, "--environment", "development", **WAITS) as running:
        with running.client() as client:
            document = json.loads(client.get("/openapi.json").text)
        async with engaged(running.base, document, trusting(running.authority), running.plain) as on:
            report = await attack_all(on, (*attacks, banner.ATTACK, *slow), running.base)
    assert [each.verdict for each in report.judged if not isinstance(each.verdict, Clean)] == []
