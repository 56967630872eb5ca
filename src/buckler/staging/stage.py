"""An app on stage: everybody whom a drill sends, while the app runs in this process.

An app with accounts gets people with accounts, of each role (`actors.py`). Any other has its callers from elsewhere,
so they are played, by tokens that this process alone knows (`stand_ins.py`).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from buckler.drill.people.cast import Cast
from buckler.drill.transport.carrier import Carrier
from buckler.drill.transport.secrets import Secrets
from buckler.errors import ConfigurationError
from buckler.install import buckler_of
from buckler.staging.addresses import Addresses
from buckler.staging.rehearsal import Rehearsal
from buckler.staging.stand_ins import played


@asynccontextmanager
async def staged(
    app: FastAPI, carrier: Carrier, rehearsal: Rehearsal, secrets: Secrets | None = None
) -> AsyncGenerator[Cast]:
    """Everybody for a drill of `app`, which is running behind `carrier`; they are nobody again after the block.

    What they hold is shown by name in `secrets`. Raises `ConfigurationError` where the app may not be staged.
    """
    installed = rehearsal.admit(app)
    hidden, addresses = secrets if secrets is not None else Secrets(), Addresses()
    buckler = buckler_of(app)
    if buckler is None:
        raise ConfigurationError("staging: what stands on this app is no Buckler, so nobody can say who calls.")
    if buckler.accounts is not None:
        from buckler.staging.company import company_of  # needs what accounts need

        yield await company_of(app, buckler.accounts, carrier, hidden, addresses)
        return
    with played(buckler, installed, carrier, rehearsal, hidden, addresses) as cast:
        yield cast
