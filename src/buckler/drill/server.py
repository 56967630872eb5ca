"""One drill of a server that is named by its URL, from the first request to the report."""

import os
from ssl import SSLContext
from urllib.parse import urlsplit

from buckler.drill.engagement import Engagement
from buckler.drill.people.cast import Cast
from buckler.drill.plan.declared import read_policy
from buckler.drill.plan.document import Document
from buckler.drill.report import Report
from buckler.drill.run import attack_all
from buckler.drill.sender import Sender
from buckler.drill.setting import Setting
from buckler.drill.transport.by_url import connected
from buckler.drill.transport.secrets import Secrets
from buckler.drill.transport.this_machine import is_this_machine
from buckler.drill.wanted import Wanted, without_skipped


async def drill_url(
    base: str, document: Document, wanted: Wanted, *, writes: bool, trust: SSLContext | bool = True
) -> Report:
    """Attack a server. Without `writes` nothing is sent that changes something. Raises `NoPolicy`."""
    truth = None if wanted.policy is None else read_policy(wanted.policy)
    host = urlsplit(base).hostname or ""
    # A policy is that of an app with Buckler, and one on loopback runs as development does.
    setting = Setting(
        without_skipped(document, wanted.options),
        truth,
        development=truth is not None and is_this_machine(host),
        writes=writes,
        url=base,
        trust=trust,
        plain=wanted.options.target.plain,
    )
    async with connected(base, trust) as carrier:
        on = Engagement(Sender(carrier, wanted.budget), setting, Cast(), Secrets.of_environment(os.environ))
        return await attack_all(on, wanted.attacks, base, wanted.progress, options=wanted.options)
