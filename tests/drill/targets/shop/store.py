"""What is kept: people and what is theirs, in memory; goods in SQLite."""

import secrets
import sqlite3
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import HTTPException

GOODS = (
    (1, "desk lamp", "lights", 3900),
    (2, "floor lamp", "lights", 8900),
    (3, "oak stool", "seats", 5400),
    (4, "wool blanket", "textiles", 6200),
    (5, "linen towel", "textiles", 1800),
)
MOST_OF_A_KIND = 200
WELCOME_COUPON = 1000
WELCOME_CREDIT = 20_000
REFERRAL = 500


def new_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_urlsafe(18)


@dataclass(slots=True)
class User:
    """A customer, with a wallet."""

    username: str
    email: str
    password_hash: str
    balance: int = WELCOME_CREDIT
    preferences: dict[str, Any] = field(default_factory=dict[str, Any])
    cart: dict[int, int] = field(default_factory=dict[int, int])
    referred: bool = False
    referral_code: str = field(default_factory=new_id)
    wallet_id: str = field(default_factory=new_id)


@dataclass(slots=True)
class Order:
    """What was bought, by whom and for how much."""

    id: str
    owner: str
    product_id: int
    quantity: int
    price: int
    status: str = "paid"

    @property
    def total(self) -> int:
        """In cents."""
        return self.price * self.quantity

    @property
    def invoice(self) -> str:
        """The name of its file."""
        return f"invoice-{self.id}.txt"


@dataclass(slots=True)
class Coupon:
    """Credit for one person, once."""

    code: str
    owner: str
    worth: int
    used: bool = False


@dataclass(slots=True)
class GiftCard:
    """Credit for whoever has the number and the PIN."""

    number: str
    pin: str
    worth: int


class Store:
    """Everything of one app."""

    def __init__(self, flawed: frozenset[str]) -> None:
        self.users: dict[str, User] = {}
        self.sessions: dict[str, tuple[str, float]] = {}
        self.api_keys: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self.coupons: dict[str, Coupon] = {}
        self.gift_cards: dict[str, GiftCard] = {}
        self.reset_codes: dict[str, tuple[str, float]] = {}
        self.invoices = Path(tempfile.gettempdir())
        self.keeps_invoices = False
        self.goods = _goods()
        self._flawed = flawed
        self._counts = {what: count(first) for what, first in (("orders", 1001), ("sessions", 5001), ("api-keys", 1))}

    def next_id(self, what: str) -> str:
        """The id of a new order, session or API key."""
        number = next(self._counts[what])
        return f"{number:06}" if f"{what}-count-up" in self._flawed else new_id()

    def by_wallet(self, wallet_id: str) -> User:
        """Whose wallet it is."""
        for user in self.users.values():
            if user.wallet_id == wallet_id:
                return user
        raise HTTPException(404, "No such wallet")

    def price_of(self, product_id: int) -> int:
        """In cents."""
        row = self.goods.execute("SELECT price FROM products WHERE id = ?", (product_id,)).fetchone()
        if row is None:
            raise HTTPException(404, "No such product")
        return int(row[0])

    def end_sessions(self, username: str) -> None:
        """Sign somebody out everywhere."""
        self.sessions = {sid: (name, until) for sid, (name, until) in self.sessions.items() if name != username}

    def void_keys(self, username: str) -> None:
        """None of somebody's API keys opens anything any more."""
        self.api_keys = {key: name for key, name in self.api_keys.items() if name != username}


def _goods() -> sqlite3.Connection:
    goods = sqlite3.connect(":memory:", check_same_thread=False)
    goods.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, category TEXT, price INTEGER)")
    goods.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", GOODS)
    more = ((number, f"postcard {number}", "cards", 150) for number in range(6, 600))
    goods.executemany("INSERT INTO products VALUES (?, ?, ?, ?)", more)
    goods.execute("CREATE TABLE suppliers (name TEXT, bank_account TEXT)")
    goods.execute("INSERT INTO suppliers VALUES ('Northern Wool', 'NO00 4417 2290')")
    return goods
