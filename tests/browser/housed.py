"""An app with accounts, cheap hashes and a clock that is turned by hand, laid into the bed with parts left out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from buckler.asgi import ASGIApp, Message, Receive, Scope, Send
from buckler.identity import Accounts
from buckler.identity.administration.administration import OPERATOR
from tests.browser.bed import Bed, Site
from tests.browser.till import Missing
from tests.clocks import FakeClock
from tests.identity.house import PASSWORD, accounts, settings
from tests.stage import production

ADA = "ada"
AddPages = Callable[[FastAPI, Accounts], None]


class Housed(Missing):
    """Takes accounts that are ready made."""

    def __init__(self, app: FastAPI, made: Accounts, **given: Any) -> None:
        self._made = made
        super().__init__(app, accounts=True, roles=made.roles, clock=made.clock, **given)

    def _make_accounts(self, roles: object) -> Accounts:
        return self._made


class WithoutPolicy:
    """The twin of the policy that pages state themselves: none of them leaves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def bare(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                message["headers"] = [pair for pair in given if pair[0] != b"content-security-policy"]
            await send(message)

        await self._app(scope, receive, bare)


@dataclass(frozen=True)
class Home:
    """Where it is served, and what its tests reach into."""

    site: Site
    made: Accounts
    clock: FakeClock


async def laid_in(bed: Bed, folder: Path, *without: str, pages: AddPages | None = None, console: bool = False) -> Home:
    """An app in which ada, who administrates it, has an account; without the defences of these names.

    Without `headers` no page has a policy either.
    """
    kept: list[Accounts] = []
    clock = FakeClock()

    def make(origin: str) -> ASGIApp:
        kept.append(accounts(settings(folder, issuer=origin, audience=origin), clock))
        app = FastAPI()
        Housed(app, kept[0], without=without, settings=production(origin=origin, data=folder), console=console)
        if pages is not None:
            pages(app, kept[0])
        return WithoutPolicy(app) if "headers" in without else app

    site = await bed.serve(make)
    opened = kept[0].opened()
    account = await opened.registration.register(ADA, PASSWORD, None)
    await opened.administration.set_roles(OPERATOR, account.id, ("admin",))
    return Home(site, kept[0], clock)
