"""Every flaw of Shop is in the flawed app, alone and among the others, and not in the mended one."""

import asyncio
import hashlib
import hmac
import json
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import jwt
import pytest
from fastapi.testclient import TestClient
from jwt.utils import base64url_encode

from tests.drill.targets.shop import FLAWS, create_app

PASSWORD = "green-Kettle-71-sings"
CASES = sorted(FLAWS)
Attack = Callable[["Customer"], bool]
MANY = 45


class Customer(TestClient):
    """Somebody in a shop. `mira` is signed in."""

    def register(self, username: str) -> int:
        body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        return self.post("/register", json=body).status_code

    def token(self, username: str, password: str = PASSWORD) -> Any:
        return self.post("/token", data={"username": username, "password": password})

    def entered(self, username: str = "mira") -> dict[str, str]:
        """The headers of a new account."""
        assert self.register(username) == 202
        return {"Authorization": f"Bearer {self.token(username).json()['access_token']}"}

    def session(self, username: str) -> str:
        return self.post("/session", json={"username": username, "password": PASSWORD}).json()["session_id"]

    def balance(self, headers: dict[str, str]) -> int:
        return self.get("/wallet", headers=headers).json()["balance"]

    def at_once(self, path: str, body: dict[str, Any], headers: dict[str, str], times: int = 5) -> list[int]:
        """The same request several times, all of them under way together."""

        async def together() -> list[int]:
            transport = httpx2.ASGITransport(app=self.app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
                return [
                    it.status_code for it in await asyncio.gather(*(client.post(path, json=body) for _ in range(times)))
                ]

        return asyncio.run(together())


@contextmanager
def listener() -> Generator[tuple[str, list[str]]]:
    """A server on loopback, and which paths it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"inside")

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def price_in_the_body(shop: Customer) -> bool:
    mira = shop.entered()
    order = shop.post("/orders", json={"product_id": 1, "price": 1}, headers=mira)
    return order.status_code == 201 and order.json()["total"] == 1


def transfer_from_any_wallet(shop: Customer) -> bool:
    mira, ole = shop.entered(), shop.entered("ole")
    wallets = [shop.get("/wallet", headers=who).json()["wallet_id"] for who in (mira, ole)]
    shop.post("/wallet/transfer", json={"source": wallets[0], "target": wallets[1], "amount": 700}, headers=ole)
    return shop.balance(ole) == shop.balance(mira) + 1400


def public_key_as_secret(shop: Customer) -> bool:
    mira = shop.entered()
    shop.register("ole")
    claims = jwt.decode(mira["Authorization"].split()[1], options={"verify_signature": False}) | {"sub": "ole"}
    parts = [base64url_encode(json.dumps(part).encode()).decode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    mac = hmac.new(shop.get("/public-key").content, signed.encode(), hashlib.sha256).digest()
    forged = {"Authorization": f"Bearer {signed}.{base64url_encode(mac).decode()}"}
    return shop.get("/me", headers=forged).text.find('"ole"') > 0


def counts_up(ids: list[str]) -> bool:
    """Whether each id is the one before and one more."""
    numbers = [id_.rpartition("_")[2] for id_ in ids]
    return all(it.isdigit() for it in numbers) and [int(it) - int(numbers[0]) for it in numbers] == [0, 1, 2]


def orders_count_up(shop: Customer) -> bool:
    mira = shop.entered()
    return counts_up([shop.post("/orders", json={"product_id": 5}, headers=mira).json()["id"] for _ in range(3)])


def sessions_count_up(shop: Customer) -> bool:
    shop.register("mira")
    sids = [shop.session("mira") for _ in range(3)]
    assert shop.get("/me", headers={"X-Session": sids[2]}).status_code == 200
    return counts_up(sids)


def api_keys_count_up(shop: Customer) -> bool:
    mira = shop.entered()
    keys = [shop.post("/api-keys", headers=mira).json()["api_key"] for _ in range(3)]
    assert shop.get("/me", headers={"X-API-Key": keys[0]}).status_code == 200
    return counts_up(keys)


def login_without_a_budget(shop: Customer) -> bool:
    shop.register("mira")
    answers = [shop.token("mira", f"guess{number}").status_code for number in range(12)]
    return set(answers) == {401} and shop.token("mira").status_code == 200


def card(shop: Customer, headers: dict[str, str]) -> dict[str, str]:
    return shop.post("/gift-cards", json={"worth": 2500}, headers=headers).json()


def gift_card_pins_guessed(shop: Customer) -> bool:
    mira = shop.entered()
    bought = card(shop, mira)
    wrong = [pin for pin in (f"{number:04}" for number in range(MANY)) if pin != bought["pin"]]
    guesses = [{"number": bought["number"], "pin": pin} for pin in wrong]
    answers = {shop.post("/gift-cards/balance", json=guess, headers=mira).status_code for guess in guesses}
    return answers == {404} and shop.post("/gift-cards/balance", json=bought, headers=mira).json() == {"worth": 2500}


def gift_card_by_operators(shop: Customer) -> bool:
    card(shop, shop.entered())
    ole = shop.entered("ole")
    before = shop.balance(ole)
    shop.post("/gift-cards/redeem", json={"number": {"$ne": ""}, "pin": {"$ne": ""}}, headers=ole)
    return shop.balance(ole) == before + 2500


def search_by_spliced_sql(shop: Customer) -> bool:
    query = "%' UNION SELECT 1, name, bank_account, 4 FROM suppliers --"
    return "NO00" in shop.get("/products/search", params={"q": query}).text


def invoice_by_any_path(shop: Customer) -> bool:
    with shop:
        mira = shop.entered()
        order = shop.post("/orders", json={"product_id": 1}, headers=mira).json()
        own = shop.get("/invoices/download", params={"file": order["invoice"]}, headers=mira)
        assert "39.00" in own.text
        files = ("../../../../../../etc/passwd", "/etc/passwd")
        return all("root:" in shop.get("/invoices/download", params={"file": it}, headers=mira).text for it in files)


def xml_with_entities(shop: Customer) -> bool:
    mira = shop.entered() | {"Content-Type": "application/xml"}
    plain = b"<p><name>Lamp</name><description>Warm &amp; low</description></p>"
    answer = shop.post("/products/describe", content=plain, headers=mira)
    assert answer.json() == {"name": "Lamp", "description": "Warm & low"}
    document = b'<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]><p><name>&e;</name></p>'
    return "root:" in shop.post("/products/describe", content=document, headers=mira).text


def image_from_any_url(shop: Customer) -> bool:
    mira = shop.entered()
    with listener() as (url, asked):
        for place in (url, url.replace("://", "://images.shop.example@")):
            shop.post("/me/picture", json={"url": f"{place}/inside"}, headers=mira)
        return asked[:1] == ["/inside"]


def bodies_of_any_size(shop: Customer) -> bool:
    body = b"<p><name>Lamp</name>" + b" " * 3_000_000 + b"</p>"
    headers = shop.entered() | {"Content-Type": "application/xml"}
    return shop.post("/products/describe", content=body, headers=headers).status_code == 200


def fields_without_end(shop: Customer) -> bool:
    mira = shop.entered()
    many: dict[str, Any] = {f"field{number}": True for number in range(1200)}
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"d": deep}
    return all(shop.put("/me/preferences", json=body, headers=mira).status_code == 200 for body in (many, deep))


def pages_of_any_size(shop: Customer) -> bool:
    answer = shop.get("/products", params={"limit": 100_000})
    return answer.status_code == 200 and len(answer.json()) > 500


def report_of_any_length(shop: Customer) -> bool:
    answer = shop.get("/reports/purchases", params={"days": 100_000}, headers=shop.entered())
    return answer.status_code == 200


def register_without_a_limit(shop: Customer) -> bool:
    return {shop.register(f"somebody{number}") for number in range(MANY)} == {202}


def reset_mails_without_a_limit(shop: Customer) -> bool:
    shop.register("mira")
    for _ in range(MANY):
        shop.post("/password-reset", json={"username": "mira"})
    app: Any = shop.app
    return len(app.state.mail) == MANY


def coupon_twice_at_once(shop: Customer) -> bool:
    mira = shop.entered()
    code = shop.get("/coupons", headers=mira).json()[0]["code"]
    answers = shop.at_once("/coupons/redeem", {"code": code}, mira)
    assert answers.count(200) >= 1
    return answers.count(200) > 1


def referral_twice_at_once(shop: Customer) -> bool:
    mira, ole = shop.entered(), shop.entered("ole")
    code = shop.get("/me", headers=mira).json()["referral_code"]
    answers = shop.at_once("/referrals/claim", {"code": code}, ole)
    assert answers.count(200) >= 1
    return answers.count(200) > 1


ATTACKS: dict[str, Attack] = {name: globals()[name.replace("-", "_")] for name in CASES}


@pytest.mark.heavy_beyond(6)
@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_there_alone_and_among_the_others(name: str) -> None:
    """Each attack succeeds where its flaw is."""
    assert ATTACKS[name](Customer(create_app(frozenset({name}))))
    assert ATTACKS[name](Customer(create_app()))


@pytest.mark.parametrize("name", CASES)
def test_a_flaw_is_mended(name: str) -> None:
    """Each attack fails where no flaw is."""
    assert not ATTACKS[name](Customer(create_app(frozenset())))


def test_the_list_names_every_flaw() -> None:
    """And nothing else."""
    listed = tomllib.loads(Path(__file__).with_name("shop.toml").read_text())
    assert set(listed["flaws"]) == FLAWS


def test_a_shop_sells() -> None:
    """Cart, cancellation, gift card and the end of a session work as customers expect."""
    shop = Customer(create_app(frozenset()))
    mira = shop.entered()
    shop.put("/cart", json={"product_id": 1, "quantity": 2}, headers=mira)
    order = shop.post("/cart/checkout", headers=mira).json()[0]
    assert (order["total"], shop.balance(mira)) == (7800, 12_200)
    assert shop.post(f"/orders/{order['id']}/cancel", headers=mira).json()["status"] == "cancelled"
    assert shop.post("/gift-cards/redeem", json=card(shop, mira), headers=mira).json()["balance"] == 20_000
    assert shop.delete("/session", headers=mira).status_code == 204
    assert shop.get("/me", headers=mira).status_code == 401
