"""Routes of money: wallets, coupons, referrals and gift cards."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tests.drill.targets.careful.budgets import GuessingBudget, address_of
from tests.drill.targets.careful.texts import Key, Strict
from tests.drill.targets.shop.callers import SignedIn
from tests.drill.targets.shop.store import MOST_OF_A_KIND, REFERRAL, Coupon, GiftCard, Store, User

Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class Wallet(BaseModel):
    """What one has."""

    model_config = ConfigDict(from_attributes=True)
    wallet_id: str
    balance: int


class Transfer(Strict):
    """From one wallet to another."""

    source: Key
    target: Key
    amount: Annotated[int, Field(ge=1, le=1_000_000)]


class Code(Strict):
    """Of a coupon or of somebody who told of the shop."""

    code: Key


class CouponOut(BaseModel):
    """A coupon of one's own."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    worth: int
    used: bool


class NewCard(Strict):
    """A gift card to buy."""

    worth: Annotated[int, Field(ge=100, le=10_000)]


class CardOut(BaseModel):
    """A gift card, as it is handed over."""

    number: str
    pin: str


class Card(Strict):
    """What stands on a gift card."""

    number: Number
    pin: Pin


class CardQuery(Strict):
    """What stands on a gift card, or a query that finds it."""

    number: str | dict[str, Any]
    pin: str | dict[str, Any]


class Money:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed
        self.pins = GuessingBudget(pair=5, account=20)

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(tags=["money"])
        router.get("/wallet", response_model=Wallet)(self.wallet)
        router.post("/wallet/transfer", response_model=Wallet)(self.transfer)
        router.get("/coupons", response_model=list[CouponOut])(self.coupons)
        hasty = "coupon-twice-at-once" in self.flawed
        router.post("/coupons/redeem", response_model=Wallet)(self.redeem_hastily if hasty else self.redeem)
        hasty = "referral-twice-at-once" in self.flawed
        router.post("/referrals/claim", response_model=Wallet)(self.claim_hastily if hasty else self.claim)
        router.post("/gift-cards", status_code=201)(self.buy_card)
        router.post("/gift-cards/balance")(self.look)
        cash = self.cash_found if "gift-card-by-operators" in self.flawed else self.cash
        router.post("/gift-cards/redeem", response_model=Wallet)(cash)
        return router

    async def wallet(self, caller: SignedIn) -> User:
        """Mine."""
        return caller

    async def transfer(self, transfer: Transfer, caller: SignedIn) -> User:
        """Send money to somebody else."""
        source, target = self.store.by_wallet(transfer.source), self.store.by_wallet(transfer.target)
        if source is not caller and "transfer-from-any-wallet" not in self.flawed:
            raise HTTPException(404, "No such wallet")
        if source.balance < transfer.amount:
            raise HTTPException(402, "The wallet is too light")
        source.balance -= transfer.amount
        target.balance += transfer.amount
        return caller

    async def coupons(self, caller: SignedIn) -> Sequence[Coupon]:
        """Mine, used ones too."""
        return [coupon for coupon in self.store.coupons.values() if coupon.owner == caller.username]

    async def redeem(self, given: Code, caller: SignedIn) -> User:
        """Put the worth of a coupon into the wallet."""
        coupon = self._coupon(given.code, caller)
        coupon.used = True
        caller.balance += coupon.worth
        return caller

    async def redeem_hastily(self, given: Code, caller: SignedIn) -> User:
        """Put the worth of a coupon into the wallet."""
        coupon = self._coupon(given.code, caller)
        await asyncio.sleep(0)  # where an app would ask its database
        caller.balance += coupon.worth
        await asyncio.sleep(0)
        coupon.used = True
        return caller

    async def claim(self, given: Code, caller: SignedIn) -> User:
        """Who told you of the shop? Both of you get something, once."""
        other = self._referrer(given.code, caller)
        caller.referred = True
        self._thank(caller, other)
        return caller

    async def claim_hastily(self, given: Code, caller: SignedIn) -> User:
        """Who told you of the shop? Both of you get something, once."""
        other = self._referrer(given.code, caller)
        await asyncio.sleep(0)  # where an app would ask its database
        self._thank(caller, other)
        await asyncio.sleep(0)
        caller.referred = True
        return caller

    async def buy_card(self, new: NewCard, caller: SignedIn) -> CardOut:
        """A gift card, paid from the wallet. Its PIN is shown once."""
        if caller.balance < new.worth:
            raise HTTPException(402, "Your wallet is too light")
        if len(self.store.gift_cards) >= 50 * MOST_OF_A_KIND:
            raise HTTPException(409, "No card is left")
        caller.balance -= new.worth
        number = str(secrets.randbelow(9 * 10**11) + 10**11)
        card = GiftCard(number, f"{secrets.randbelow(10_000):04}", new.worth)
        self.store.gift_cards[number] = card
        return CardOut(number=number, pin=card.pin)

    async def look(self, given: Card, caller: SignedIn, request: Request) -> dict[str, int]:
        """What a card is worth."""
        if "gift-card-pins-guessed" not in self.flawed:
            return {"worth": self._card(given, address_of(request)).worth}
        card = self.store.gift_cards.get(given.number)
        if card is None or card.pin != given.pin:
            raise HTTPException(404, "No such card")
        return {"worth": card.worth}

    async def cash(self, given: Card, caller: SignedIn, request: Request) -> User:
        """Put the worth of a card into the wallet."""
        return self._cashed(self._card(given, address_of(request)), caller)

    async def cash_found(self, given: CardQuery, caller: SignedIn) -> User:
        """Put the worth of a card into the wallet."""
        for card in self.store.gift_cards.values():
            if matches(card.number, given.number) and matches(card.pin, given.pin):
                return self._cashed(card, caller)
        raise HTTPException(404, "No such card")

    def _cashed(self, card: GiftCard, caller: User) -> User:
        del self.store.gift_cards[card.number]
        caller.balance += card.worth
        return caller

    def _card(self, given: Card, address: str) -> GiftCard:
        """The card of this number and PIN, which few may guess at."""
        self.pins.check(given.number, address)
        card = self.store.gift_cards.get(given.number)
        if not hmac.compare_digest(card.pin if card else "none", given.pin) or card is None:
            self.pins.fail(given.number, address)
            raise HTTPException(404, "No such card")
        self.pins.succeed(given.number, address)
        return card

    def _coupon(self, code: str, caller: User) -> Coupon:
        coupon = self.store.coupons.get(code)
        if coupon is None or coupon.owner != caller.username:
            raise HTTPException(404, "No such coupon")
        if coupon.used:
            raise HTTPException(409, "This coupon is used")
        return coupon

    def _referrer(self, code: str, caller: User) -> User:
        if caller.referred:
            raise HTTPException(409, "You told us already")
        for user in self.store.users.values():
            if user.referral_code == code and user is not caller:
                return user
        raise HTTPException(404, "Nobody has this code")

    def _thank(self, caller: User, other: User) -> None:
        caller.balance += REFERRAL
        other.balance += REFERRAL


def matches(value: str, query: str | dict[str, Any]) -> bool:
    """As document stores match: a text that is equal, or operators that all hold."""
    if isinstance(query, str):
        return value == query
    holds: dict[str, Callable[[Any], bool]] = {
        "$eq": lambda operand: value == operand,
        "$ne": lambda operand: value != operand,
        "$gt": lambda operand: value > str(operand),
        "$lt": lambda operand: value < str(operand),
        "$in": lambda operand: isinstance(operand, list) and value in operand,
        "$exists": bool,
    }
    return all(name in holds and holds[name](operand) for name, operand in query.items())
