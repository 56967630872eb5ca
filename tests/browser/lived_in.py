"""A service with a console that has been in use for a day: people, sign-ins of every hour, and what was refused."""

import random
from typing import Annotated, Final

from fastapi import FastAPI

from buckler import Principal, Public, Requires
from buckler.identity.administration.administration import OPERATOR
from buckler.metrics.instruments import HASH_WAIT, HASHES_WAITING, REFUSALS
from tests.browser.bed import Bed
from tests.browser.harbour import Harbour
from tests.identity.house import PASSWORD

ADA: Final = "ada@example.com"
_NAMES: Final = ("bea", "carl", "dora", "emil", "fay", "gus", "hedy", "ivan", "joan", "kurt", "lise", "mary")
_REFUSED: Final = (
    ("rate-limited", 212),
    ("token-missing", 96),
    ("cross-site", 41),
    ("not-found", 17),
    ("csrf-token", 6),
)
_DAY: Final = 86_400


class LivedIn(Harbour):
    """The service. `ids` has the id of each account by its name."""

    ids: dict[str, str]

    async def open_in(self, bed: Bed) -> "LivedIn":
        """Serve it, and let a day pass: always the same one."""
        self.clock.advance(3 * 3600 - _DAY)
        await super().open_in(bed)
        self.ids = {}
        chance = random.Random(7)  # noqa: S311 - the same day each time
        await self._hire(ADA, "admin")
        for number, name in enumerate(_NAMES):
            await self._hire(f"{name}@example.com", *(("analyst",), (), ("reader", "analyst"), ())[number % 4])
        await self.opened.administration.disable(OPERATOR, self.ids["gus@example.com"])
        for hour in range(24):
            await self._hour(hour, chance)
        self._measure(chance)
        await self.opened.keeper.tick()
        return self

    def _made(self, origin: str) -> FastAPI:
        app = super()._made(origin)

        @app.get("/", dependencies=[Public("the front page")])
        def front() -> str:
            return ""

        @app.get("/reports", dependencies=[Requires("reports:read")])
        def reports() -> str:
            return ""

        @app.get("/figures", dependencies=[Requires("figures:read", step_up="15m")])
        def figures(who: Annotated[Principal, Requires()]) -> str:
            return who.name

        return app

    async def _hire(self, name: str, *roles: str) -> None:
        account = await self.opened.registration.register(name, PASSWORD, None)
        self.ids[name] = account.id
        if roles:
            await self.opened.administration.set_roles(OPERATOR, account.id, roles)

    async def _hour(self, hour: int, chance: random.Random) -> None:
        """More by day than by night, and somebody who guesses in the afternoon."""
        people, busy = list(self.ids.values()), 3 + abs(12 - hour) % 7 + (9 if 6 < hour < 19 else 0)
        keeper = self.opened.keeper
        async with keeper._database.writing() as connection:
            for _ in range(chance.randint(busy // 2, busy * 2)):
                about = {"account": chance.choice(people), "amr": ["pwd"]}
                keeper._journal.note(connection, "authn_login_success", None, **about)
            for _ in range(chance.randint(0, 18 if hour == 15 else 3)):
                about = {"account": chance.choice(people), "reason": "password"}
                keeper._journal.note(connection, "authn_login_fail", None, **about)
        self.clock.advance(3600)

    def _measure(self, chance: random.Random) -> None:
        recent = self.buckler._recent
        assert recent is not None
        for code, number in _REFUSED:
            recent.take(REFUSALS)(number, (code, "somebody", "400"))
        for minute in range(50):
            for _ in range(chance.randint(0, 4 if minute < 30 else 11)):
                recent.take(HASHES_WAITING)(1, ())
                recent.take(HASH_WAIT)(chance.random() / 9, ())
            recent.take(HASHES_WAITING)(-recent._level, ())
            self.clock.advance(60)
