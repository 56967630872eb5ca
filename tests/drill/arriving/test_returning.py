"""People who are shut out meanwhile come back, and those who are named may be spent."""

from typing import Any

import pytest
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

from buckler.drill.arriving.entering import gather
from buckler.drill.arriving.returning import bring_back, lend
from buckler.drill.engagement import Engagement
from buckler.drill.memory import Topic
from buckler.drill.people.cast import Cast
from buckler.drill.people.identity import Account, Identity
from buckler.drill.plan.options import Given, Options, read_user
from buckler.drill.transport.request import Request
from tests.drill.people.apps import NewUser, Store
from tests.drill.stage import engaged

ME = Request("GET", "/me")
_SHARED = Topic[str]("what a family knows")


def house(store: Store, *, registers: bool = True) -> FastAPI:
    """Accounts, sessions, and a route that says who is calling."""
    app = FastAPI()
    scheme = OAuth2PasswordBearer(tokenUrl="login")

    @app.post("/login")
    async def login(body: dict[str, Any]) -> dict[str, str]:
        return {"access_token": store.enter(body["username"], body["password"])}

    @app.get("/me")
    async def me(token: str = Depends(scheme)) -> dict[str, str]:
        name = store.who(token)
        if name not in store.passwords:
            raise HTTPException(500)
        return {"username": name}

    if registers:

        @app.post("/register", status_code=201)
        async def register(new: NewUser) -> dict[str, object]:
            return {"id": store.add(new.username, new.password), "username": new.username}

    return app


async def _ready(on: Engagement, options: Options | None = None) -> Identity:
    on.cast = await gather(on, options)
    return on.cast.people[0]


async def _is_in(on: Engagement) -> bool:
    return (await on.ask(ME, on.cast.people[0])).answer.worked


async def test_a_session_that_ended_is_begun_anew() -> None:
    """With the same account, and what attacks share is forgotten but by those who know how to."""
    store = Store()
    async with engaged(house(store)) as on:
        who = await _ready(on)
        store.sessions.clear()
        on.memory.tell(_SHARED, "with that session")
        assert not await _is_in(on)
        await bring_back(on)
        assert await _is_in(on)
        assert on.cast.people[0].account == who.account
        assert (on.memory.told(_SHARED), on.memory.notes) == (None, [])


async def test_an_account_that_is_gone_is_another_s_place() -> None:
    """Somebody new is registered under the same name of the report, which says so."""
    store = Store()
    async with engaged(house(store)) as on:
        who = await _ready(on)
        store.passwords.clear()
        assert not await _is_in(on)
        await bring_back(on)
        assert await _is_in(on)
        assert on.cast.people[0].name == who.name
        assert on.cast.people[0].account != who.account
        assert on.memory.notes == [f"{who.name} was shut out meanwhile, and came back with a new account."]


async def test_an_administrator_who_is_gone_is_nobody_else() -> None:
    """No newcomer has that power; and where nobody can register, nobody takes a place at all."""
    store = Store(root="secret-of-root", ada="secret-of-ada")
    options = Options().with_line(
        None, read_user("root:secret-of-root", administrator=True), read_user("ada:secret-of-ada")
    )
    for registers in (True, False):
        async with engaged(house(store, registers=registers)) as on:
            await _ready(on, options)
            before = (on.cast.administrator, on.cast.people)
            kept = dict(store.passwords)
            del store.passwords["root"]
            if not registers:
                store.passwords.clear()
            on.memory.doubtful |= {each.name for each in on.cast.people}
            gone = ["root"] if registers else [each.name for each in on.cast.people]
            await bring_back(on)
            store.passwords.update(kept)
            assert (on.cast.administrator, on.cast.people) == before
            assert on.memory.notes == [f"{name} was shut out meanwhile, and could not come back." for name in gone]


@pytest.mark.parametrize("doubted", [False, True])
async def test_who_is_let_in_stays_as_it_is(doubted: bool) -> None:
    """Nothing is asked where nobody is in doubt; and a refusal alone shuts nobody out."""
    async with engaged(house(Store())) as on:
        await _ready(on)
        people, sent = on.cast.people, on.sender.budget.spent
        on.memory.doubtful |= {each.name for each in people} if doubted else set()
        await bring_back(on)
        assert on.cast.people == people
        assert on.sender.budget.spent == sent + (len(people) if doubted else 0)


async def test_the_last_who_was_named_stands_for_newcomers() -> None:
    """Where nobody registers: with a session of its own; and not where somebody registers."""
    store = Store(ada="secret-of-ada", ben="secret-of-ben")
    options = Options().with_line(None, read_user("ada:secret-of-ada"), read_user("ben:secret-of-ben"))
    async with engaged(house(store, registers=False)) as on:
        await _ready(on, options)
        assert await on.cast.newcomers.arrive() is None
        lend(on)
        lent = await on.cast.newcomers.arrive()
        assert lent is not None
        assert (lent.name, lent.account) == ("ben", Account("ben", "secret-of-ben"))
        assert lent.headers != on.cast.people[1].headers
    async with engaged(house(store)) as on:
        await _ready(on, options)
        lend(on)
        arrived = await on.cast.newcomers.arrive()
        assert arrived is not None
        assert arrived.name != "ben"


async def test_nobody_is_asked_for_where_no_route_tells() -> None:
    """Where people brought tokens along, they are what they are."""
    async with engaged(FastAPI(), Cast((Identity("ada", "", (("Authorization", "Bearer x"),)),))) as on:
        on.memory.doubtful.add("ada")
        await bring_back(on)
        assert on.cast.people[0].name == "ada"
        assert on.sender.budget.spent == 0


async def test_a_token_that_was_brought_along_and_is_over_is_told_of() -> None:
    """It is looked at as a session is; nobody can bring its owner back, and nobody else takes the place."""
    store = Store(ada="secret-of-ada")
    token = store.enter("ada", "secret-of-ada")
    options = Options(identities=(Given("ada", token=token),))
    async with engaged(house(store)) as on:
        who = await _ready(on, options)
        store.sessions.clear()
        assert not await _is_in(on)
        await bring_back(on)
        assert on.cast.people[0] == who
        assert on.memory.notes == ["ada was shut out meanwhile, and could not come back."]
