"""A shop whose paths name the account, which no route tells: the id of a caller stands in its token alone."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from buckler.drill.transport.compact import with_secret

OPTIONS = """
[[identities]]
name = "ada"
username = "ada"
password = "correct horse battery"

[[identities]]
name = "ben"
username = "ben"
password = "staple battery horse"
"""


class Account(BaseModel):
    """What one signs in with, or shall."""

    username: str
    password: str


class Card(BaseModel):
    """A card to pay with."""

    number: str
    holder: str


class Store:
    """Accounts, tokens, cards and orders, in memory."""

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self.secret = uuid4().hex.encode()
        self.accounts: dict[UUID, Account] = {
            uuid4(): Account(username="ada", password="correct horse battery"),
            uuid4(): Account(username="ben", password="staple battery horse"),
        }
        self.callers: dict[str, UUID] = {}
        self.cards: dict[UUID, tuple[UUID, Card]] = {}
        self.orders: dict[UUID, tuple[UUID, dict[str, str]]] = {}

    def caller(self, shown: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> UUID:
        """Whose token it is."""
        if shown.credentials not in self.callers:
            raise HTTPException(401)
        return self.callers[shown.credentials]

    def may(self, user_id: UUID, who: UUID) -> UUID:
        """The account of a path, where this caller may go on below it."""
        if user_id not in self.accounts or (not self.is_open and user_id != who):
            raise HTTPException(404)
        return user_id

    def card(self, user_id: UUID, card_id: UUID) -> Card:
        """One card of an account."""
        if card_id not in self.cards or self.cards[card_id][0] != user_id:
            raise HTTPException(404)
        return self.cards[card_id][1]


def bazaar(*flaws: str) -> FastAPI:
    """With `open` whoever is signed in reads and changes what stands below any account."""
    app, store = FastAPI(openapi_url=None), Store(is_open="open" in flaws)

    @app.post("/login")
    async def login(shown: Account) -> dict[str, str]:
        id_ = next((each for each, known in store.accounts.items() if known == shown), None)
        if id_ is None:
            raise HTTPException(401)
        claims = {"sub": shown.username, "user_id": str(id_), "jti": uuid4().hex}
        token = with_secret({"alg": "HS256", "typ": "JWT"}, claims, store.secret)
        store.callers[token] = id_
        return {"access_token": token, "token_type": "bearer"}

    @app.post("/users", status_code=201)
    async def add(new: Account, _who: Annotated[UUID, Depends(store.caller)]) -> dict[str, object]:
        store.accounts[id_ := uuid4()] = new
        return {"user_id": id_, "username": new.username}

    _cards(app, store)
    _orders(app, store)
    return app


def _of(store: Store) -> Callable[..., UUID]:
    def of(user_id: UUID, who: Annotated[UUID, Depends(store.caller)]) -> UUID:
        return store.may(user_id, who)

    return of


def _cards(app: FastAPI, store: Store) -> None:
    of_whom = Annotated[UUID, Depends(_of(store))]

    @app.post("/users/{user_id}/cards", status_code=201)
    async def add_card(user_id: of_whom, card: Card) -> dict[str, object]:
        store.cards[id_ := uuid4()] = (user_id, card)
        return {"card_id": id_, "user_id": user_id, "last_four": card.number[-4:], "holder": card.holder}

    @app.get("/users/{user_id}/cards/{card_id}")
    async def card(user_id: of_whom, card_id: UUID) -> dict[str, object]:
        return {"card_id": card_id, "user_id": user_id, "holder": store.card(user_id, card_id).holder}

    @app.delete("/users/{user_id}/cards/{card_id}", status_code=204)
    async def drop_card(user_id: of_whom, card_id: UUID) -> None:
        store.card(user_id, card_id)
        del store.cards[card_id]


def _orders(app: FastAPI, store: Store) -> None:
    of_whom = Annotated[UUID, Depends(_of(store))]

    @app.post("/users/{user_id}/orders", status_code=201)
    async def order(
        user_id: of_whom, card_id: UUID | None = None, greeting: str | None = None, gift: bool | None = None
    ) -> dict[str, object]:
        if card_id is None or greeting is None or gift is None:
            raise HTTPException(400, "Say card_id, greeting and gift.")
        store.card(store.cards.get(card_id, (user_id,))[0] if store.is_open else user_id, card_id)
        store.orders[id_ := uuid4()] = (user_id, {"greeting": greeting, "card_id": str(card_id)})
        return {"order_id": id_, "user_id": user_id, **store.orders[id_][1]}

    @app.get("/users/{user_id}/orders")
    async def all_orders(user_id: of_whom) -> list[dict[str, object]]:
        return [{"order_id": id_, **each} for id_, (whose, each) in store.orders.items() if whose == user_id]
