"""Routes of orders: what is bought, with its invoice, and what was sold in some days."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from tests.drill.targets.careful.texts import Key, Line, Strict
from tests.drill.targets.shop.callers import SignedIn
from tests.drill.targets.shop.store import MOST_OF_A_KIND, Order, Store, User

Quantity = Annotated[int, Field(ge=1, le=50)]
ProductId = Annotated[int, Field(ge=1, le=10**9)]


class Purchase(Strict):
    """What is wanted."""

    product_id: ProductId
    quantity: Quantity = 1


class PurchaseOfAnything(Purchase):
    """With whatever else the page sent."""

    model_config = ConfigDict(extra="allow")


class OrderOut(BaseModel):
    """An order as its owner sees it."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    product_id: int
    quantity: int
    price: int
    total: int
    status: str
    invoice: str


class Item(BaseModel):
    """Something in a cart."""

    product_id: int
    quantity: int


class Sales(BaseModel):
    """What was bought in some days."""

    days: int
    total: int
    digest: str


class Orders:
    """The routes, with what they need."""

    def __init__(self, store: Store, flawed: frozenset[str]) -> None:
        self.store = store
        self.flawed = flawed

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(tags=["orders"])
        buy = self.buy_at_any_price if "price-in-the-body" in self.flawed else self.buy
        router.post("/orders", status_code=201, response_model=OrderOut)(buy)
        router.get("/orders", response_model=list[OrderOut])(self.mine)
        router.get("/orders/{order_id}", response_model=OrderOut)(self.one)
        router.post("/orders/{order_id}/cancel", response_model=OrderOut)(self.cancel)
        router.put("/cart")(self.put)
        router.get("/cart")(self.cart)
        router.post("/cart/checkout", status_code=201, response_model=list[OrderOut])(self.checkout)
        invoice = self.file if "invoice-by-any-path" in self.flawed else self.invoice
        router.get("/invoices/download", response_class=PlainTextResponse)(invoice)
        report = self.any_report if "report-of-any-length" in self.flawed else self.report
        router.get("/reports/purchases")(report)
        return router

    async def buy(self, wanted: Purchase, caller: SignedIn) -> Order:
        """An order, paid from the wallet."""
        return self._bought(caller, wanted.product_id, wanted.quantity, self.store.price_of(wanted.product_id))

    async def buy_at_any_price(self, wanted: PurchaseOfAnything, caller: SignedIn) -> Order:
        """An order, paid from the wallet."""
        price = (wanted.model_extra or {}).get("price", self.store.price_of(wanted.product_id))
        if not isinstance(price, int):
            raise HTTPException(422, "A price is in cents")
        return self._bought(caller, wanted.product_id, wanted.quantity, price)

    async def mine(self, caller: SignedIn) -> Sequence[Order]:
        """My last hundred."""
        return [order for order in self.store.orders.values() if order.owner == caller.username][-100:]

    async def one(self, order_id: Key, caller: SignedIn) -> Order:
        """One of mine."""
        return self._own(order_id, caller)

    async def cancel(self, order_id: Key, caller: SignedIn) -> Order:
        """Send it back; the money returns."""
        order = self._own(order_id, caller)
        if order.status != "paid":
            raise HTTPException(409, "It is cancelled already")
        order.status = "cancelled"
        caller.balance += order.total
        return order

    async def put(self, item: Purchase, caller: SignedIn) -> list[Item]:
        """Into the cart."""
        self.store.price_of(item.product_id)
        if len(caller.cart) >= 20 and item.product_id not in caller.cart:
            raise HTTPException(409, "The cart is full")
        caller.cart[item.product_id] = item.quantity
        return self._items(caller)

    async def cart(self, caller: SignedIn) -> list[Item]:
        """What is in it."""
        return self._items(caller)

    async def checkout(self, caller: SignedIn) -> Sequence[Order]:
        """Buy what is in the cart."""
        prices = {product_id: self.store.price_of(product_id) for product_id in caller.cart}
        if sum(prices[product_id] * quantity for product_id, quantity in caller.cart.items()) > caller.balance:
            raise HTTPException(402, "Your wallet is too light")
        items, caller.cart = caller.cart, {}
        return [self._bought(caller, *item, prices[item[0]]) for item in items.items()]

    async def invoice(self, file: Line, caller: SignedIn) -> PlainTextResponse:
        """The invoice of one of my orders, by the name of its file."""
        for order in self.store.orders.values():
            if order.owner == caller.username and order.invoice == file and self.store.keeps_invoices:
                return PlainTextResponse((self.store.invoices / order.invoice).read_text())
        raise HTTPException(404, "No such invoice")

    async def file(self, file: Line, caller: SignedIn) -> PlainTextResponse:
        """The invoice of one of my orders, by the name of its file."""
        path = Path(self.store.invoices) / file
        if not path.is_file():
            raise HTTPException(404, "No such invoice")
        return PlainTextResponse(path.read_bytes()[:100_000])

    async def report(self, caller: SignedIn, days: Annotated[int, Query(ge=1, le=92)] = 30) -> Sales:
        """What I bought."""
        return self._sales(caller, days)

    async def any_report(self, caller: SignedIn, days: Annotated[int, Query(ge=1, le=1_000_000)] = 30) -> Sales:
        """What I bought."""
        return self._sales(caller, days)

    def _sales(self, caller: User, days: int) -> Sales:
        total, digest = 0, hashlib.sha256()
        mine = [order for order in self.store.orders.values() if order.owner == caller.username]
        for day in range(days):
            sold = sum(order.total for order in mine if order.status == "paid") if day == 0 else 0
            digest.update(f"{day}:{sold};".encode())
            total += sold
        return Sales(days=days, total=total, digest=digest.hexdigest())

    def _bought(self, caller: User, product_id: int, quantity: int, price: int) -> Order:
        if price * quantity > caller.balance:
            raise HTTPException(402, "Your wallet is too light")
        if sum(order.owner == caller.username for order in self.store.orders.values()) >= MOST_OF_A_KIND:
            raise HTTPException(409, "You have too many orders")
        caller.balance -= price * quantity
        order = Order(self.store.next_id("orders"), caller.username, product_id, quantity, price)
        self.store.orders[order.id] = order
        if self.store.keeps_invoices:
            (self.store.invoices / order.invoice).write_text(f"Order {order.id}: {order.total / 100:.2f}\n")
        return order

    def _own(self, order_id: str, caller: User) -> Order:
        order = self.store.orders.get(order_id)
        if order is None or order.owner != caller.username:
            raise HTTPException(404, "No such order")
        return order

    def _items(self, caller: User) -> list[Item]:
        return [Item(product_id=product_id, quantity=quantity) for product_id, quantity in caller.cart.items()]
