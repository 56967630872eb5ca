"""An engagement with a server of a test, by its URL."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from buckler.drill.attacks.wire import banner, hosts, message_length, odd_fields, plain_http, transport_security
from buckler.drill.attacks.wire.slow import Pace
from buckler.drill.attacks.wire.slow_bodies import slow_bodies
from buckler.drill.attacks.wire.slow_heads import slow_heads
from buckler.drill.budget import Budget
from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.document import read_document
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.by_url import connected

PACE = Pace(seconds=0.5, every=0.1, each=2)
QUICK = (
    message_length.ATTACK,
    hosts.ATTACK,
    odd_fields.ATTACK,
    slow_heads(PACE),
    slow_bodies(PACE),
    transport_security.ATTACK,
    plain_http.ATTACK,
    banner.ATTACK,
)
"""The family, with less patience than there is by default."""


def trusting(authority: Path) -> ssl.SSLContext:
    """What a client does that was given an authority."""
    return ssl.create_default_context(cafile=authority)


@asynccontextmanager
async def engaged(
    url: str, document: object, trust: ssl.SSLContext | bool = True, plain: str = "", *, verified: bool = True
) -> AsyncGenerator[Engagement]:
    """Stand before a server on this machine; its certificate is taken as it is unless it is to be `verified`."""
    setting = Setting(read_document(document), writes=True, url=url, trust=trust, plain=plain)
    async with connected(url, trust if verified else False) as carrier:
        on = Engagement(Sender(carrier, Budget(60, 5000)), setting, Cast())
        on.pool.watch(on.routes)
        on.sender.budget.begin()
        yield on
