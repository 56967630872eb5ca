"""Each flaw of the clinic is there where it is named, and nowhere else."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from tests.drill.targets.clinic import FLAWS, create_app, flawed_app, mended_app

PASSWORD = "seven green lanterns at dusk"
FOREIGN = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
MARKUP = "<img src=x onerror=alert(1)>"
WRONG = "a wrong one, never mind"

Attack = Callable[[FastAPI], bool]


def browser(app: FastAPI, address: str = "10.0.0.1") -> TestClient:
    """Somebody's browser, that follows no redirects."""
    place = (address, 50000)
    return TestClient(
        app, "https://clinic.example", raise_server_exceptions=False, follow_redirects=False, client=place
    )


def person(app: FastAPI, name: str, clinic: str = "north") -> TestClient:
    """A patient who is signed in."""
    client = browser(app)
    given = {"email": f"{name}@mail.example", "password": PASSWORD}
    assert client.post("/register", data={**given, "name": name, "clinic": clinic}).status_code == 200
    assert client.post("/login", data=given).status_code == 303
    return client


def appointment(client: TestClient) -> str:
    """The path of a new appointment."""
    return client.post("/appointments", data={"day": "2031-05-04", "reason": "a cough"}).headers["location"]


def sign_in(app: FastAPI, email: str, password: str, address: str = "10.0.0.9", path: str = "/login") -> Response:
    """A stranger's try."""
    given = {"email": email, "password": password}
    client = browser(app, address)
    return client.post(path, json=given) if path.startswith("/api") else client.post(path, data=given)


def reads(path_of: Callable[[TestClient], str]) -> Attack:
    """Bob asks for what is Ada's."""

    def attack(app: FastAPI) -> bool:
        path = path_of(person(app, "ada"))
        return person(app, "bob").get(path).status_code == 200

    return attack


def cancels(app: FastAPI) -> bool:
    ada, bob = person(app, "ada"), person(app, "bob")
    path = appointment(ada)
    bob.post(f"{path}/cancel")
    return "Cancelled" in ada.get(path).text


def inbox(app: FastAPI) -> bool:
    person(app, "ada").post("/api/messages", json={"text": "a secret"})
    return "a secret" in person(app, "bob").get("/api/messages").text


def other_board(app: FastAPI) -> bool:
    person(app, "ada").post("/clinics/north/board", data={"text": "closed on Monday"})
    return "closed" in person(app, "bob", "south").get("/clinics/north/board").text


def template(app: FastAPI) -> bool:
    return "1787569" in person(app, "ada").post("/letters", data={"text": "{{ 1337 * 1337 }}"}).text


def splits(app: FastAPI) -> bool:
    ada = person(app, "ada")
    number = re.findall(r"/letters/(\d+)/", ada.post("/letters", data={"text": "hello"}).text)[0]
    answer = ada.get(f"/letters/{number}/file", params={"name": 'a"\r\nX-Evil: 1'})
    return any(b"\r\n" in value for _, value in answer.headers.raw)


def foreign_form(app: FastAPI) -> bool:
    ada = person(app, "ada")
    same_site_none = "samesite=none" in sign_in(app, "ada@mail.example", PASSWORD).headers["set-cookie"].lower()
    path = appointment(ada)
    ada.post(f"{path}/cancel", headers=FOREIGN)
    return "Cancelled" in ada.get(path).text and same_site_none


def foreign_json(app: FastAPI) -> bool:
    ada = person(app, "ada")
    ada.post("/api/messages", content='{"text": "not mine"}', headers={**FOREIGN, "content-type": "text/plain"})
    return "not mine" in ada.get("/messages").text


def link(app: FastAPI) -> bool:
    ada = person(app, "ada")
    path = appointment(ada)
    ada.get(f"{path}/cancel")
    return "Cancelled" in ada.get(path).text


def cors(app: FastAPI) -> bool:
    headers = person(app, "ada").get("/api/me", headers={"origin": "null"}).headers
    return headers.get("access-control-allow-origin") == "null" and "access-control-allow-credentials" in headers


def cookie(app: FastAPI) -> bool:
    person(app, "ada")
    flags = sign_in(app, "ada@mail.example", PASSWORD).headers.get_list("set-cookie")[0].lower()
    return not any(flag in flags for flag in ("httponly", "samesite=lax", "__host-"))


def counts_up(app: FastAPI) -> bool:
    ids = [next(iter(person(app, name).cookies.jar)).value or "" for name in ("ada", "bob")]
    sessions = [re.sub(r"\D", "", each) for each in ids]
    return all(each.isdigit() for each in ids) and int(sessions[1]) == int(sessions[0]) + 1


def after(path: str, data: dict[str, str]) -> Attack:
    """The cookie that was there before is good after."""

    def attack(app: FastAPI) -> bool:
        ada = person(app, "ada")
        thief = browser(app)
        thief.cookies.update(ada.cookies)
        other = browser(app)
        other.post("/login", data={"email": "ada@mail.example", "password": PASSWORD})
        (other if data else ada).post(path, data=data)
        return thief.get("/api/me").status_code == 200

    return attack


def guesses(app: FastAPI) -> bool:
    person(app, "ada")
    codes = {sign_in(app, "ada@mail.example", f"{WRONG} {n}", path="/api/sign-in").status_code for n in range(40)}
    return codes == {401}


def locks(app: FastAPI) -> bool:
    ada = person(app, "ada")
    for number in range(30):
        sign_in(app, "ada@mail.example", WRONG, f"10.1.1.{number}")
    return ada.post("/login", data={"email": "ada@mail.example", "password": PASSWORD}).status_code != 303


def tells(path: str, **fields: str) -> Attack:
    """A name that has an account and one that has none are told apart."""

    def attack(app: FastAPI) -> bool:
        person(app, "ada")
        known, unknown = (
            browser(app).post(path, data={"email": f"{name}@mail.example", **fields}) for name in ("ada", "nobody")
        )
        return (known.status_code, known.text) != (unknown.status_code, unknown.text)

    return attack


def link_by_host(app: FastAPI) -> bool:
    ada = person(app, "ada")
    for field in ("host", "x-forwarded-host"):
        ada.post("/forgot", data={"email": "ada@mail.example"}, headers={field: "evil.example"})
    return any("https://evil.example" in mail.text for mail in app.state.mails)


def code_told(app: FastAPI) -> bool:
    return "code" in person(app, "ada").post("/api/forgot", json={"email": "ada@mail.example"}).json()


def twice(app: FastAPI) -> bool:
    ada = person(app, "ada")
    ada.post("/forgot", data={"email": "ada@mail.example"})
    given = {"code": app.state.mails[-1].text.partition("code=")[2], "password": "nine blue kettles at noon"}
    assert ada.post("/reset", data=given).status_code == 200
    return ada.post("/reset", data=given).status_code == 200


def message(client: TestClient) -> str:
    """The path of a new message with markup in it."""
    return client.post("/messages", data={"text": MARKUP}).headers["location"]


def headers_of(name: str, path: str = "/") -> Callable[[FastAPI], str]:
    """A header of a page, as a patient gets it."""
    return lambda app: person(app, "ada").get(path).headers.get(name, "")


ATTACKS: dict[str, Attack] = {
    "alive-after-logout": after("/logout", {}),
    "alive-after-password-change": after("/password", {"current": PASSWORD, "new": "nine blue kettles at noon"}),
    "appointments-cancelled-by-anybody": cancels,
    "appointments-read-by-anybody": reads(appointment),
    "board-of-other-clinics": other_board,
    "cancel-by-link": link,
    "cookie-flags": cookie,
    "cors-for-everybody": cors,
    "docs-open": lambda app: browser(app).get("/docs").status_code == 200,
    "doctors-pages-for-patients": lambda app: person(app, "ada").get("/doctor/patients").status_code == 200,
    "file-name-splits-the-header": splits,
    "forgot-tells-names": tells("/forgot"),
    "forms-from-anywhere": foreign_form,
    "framing": lambda app: "DENY" not in headers_of("x-frame-options")(app),
    "guessing-without-budget": guesses,
    "headers-only-on-success": lambda app: not headers_of("x-content-type-options", "/nothing")(app),
    "inbox-of-everybody": inbox,
    "json-as-text": foreign_json,
    "letters-are-templates": template,
    "login-leads-anywhere": lambda app: (
        person(app, "ada")
        .post("/login", data={"email": "ada@mail.example", "password": PASSWORD, "next": "//evil.example"})
        .headers["location"]
        == "//evil.example"
    ),
    "login-tells-names": tells("/login", password=WRONG),
    "messages-read-by-anybody": reads(message),
    "messages-shown-as-markup": lambda app: MARKUP in (ada := person(app, "ada")).get(message(ada)).text,
    "no-csp": lambda app: not headers_of("content-security-policy")(app),
    "pages-cached": lambda app: "no-store" not in headers_of("cache-control")(app),
    "profiles-read-by-anybody": reads(lambda ada: f"/profiles/{ada.get('/api/me').json()['id']}"),
    "redirects-anywhere": lambda app: headers_of("location", "/login?next=//evil.example")(app) == "//evil.example",
    "register-tells-names": tells("/register", password=PASSWORD, name="Ada"),
    "reset-code-told": code_told,
    "reset-link-by-host": link_by_host,
    "reset-link-works-twice": twice,
    "search-reflects-markup": lambda app: MARKUP in person(app, "ada").get("/search", params={"q": MARKUP}).text,
    "session-ids-count-up": counts_up,
    "strangers-lock-the-owner-out": locks,
}


def test_every_flaw_is_told() -> None:
    """The file beside the app, the attacks and the app name the same flaws."""
    told = tomllib.loads(Path(__file__).with_name("clinic.toml").read_text())
    assert set(told["flaws"]) == set(ATTACKS) == FLAWS
    assert all({"attacks", "route", "why"} <= set(flaw) for flaw in told["flaws"].values())


@pytest.mark.heavy_beyond(6)
@pytest.mark.parametrize("flaw", sorted(FLAWS))
def test_a_flaw_is_there_where_it_is_named(flaw: str) -> None:
    """Alone and among all others; neither in the mended app nor in one that has all the others."""
    attack = ATTACKS[flaw]
    assert attack(create_app(frozenset({flaw})))
    assert attack(flawed_app())
    assert not attack(create_app(FLAWS - {flaw}))
    assert not attack(mended_app())
