"""The album: a page, its form and its pictures, for whoever is signed in and from our own pages alone."""

import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

EXAMPLES = Path(__file__).parents[2] / "examples"
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200015e0d0a2db40000000049454e44ae426082"
)
PASSWORD = "seven green lanterns at dusk"
MARKUP = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    spec = spec_from_file_location("album", EXAMPLES / "album.py")
    assert spec is not None
    assert spec.loader is not None
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BUCKLER_ENVIRONMENT", "development")
        environment.setenv("BUCKLER_DATA", str(tmp_path_factory.mktemp("album")))
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    with TestClient(module.app, base_url="https://localhost"):
        yield module


def browser(album: Any, name: str) -> TestClient:
    """Somebody who is signed in."""
    client = TestClient(album.app, base_url="https://localhost", follow_redirects=False)
    body = {"name": f"{name}@example.com", "password": PASSWORD}
    client.post("/auth/register", json=body)  # 409 from the second time on
    assert client.post("/auth/sign-in", json={**body, "session": "cookie"}).status_code == 200
    return client


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_picture_is_added_by_the_form_and_shown_to_its_owner(album: Any) -> None:
    ada, bea = browser(album, "ada"), browser(album, "bea")
    page = ada.get("/album").text
    assert "The album of ada@example.com" in page
    parts = {"csrf_token": (None, token_in(page)), "title": (None, MARKUP), "picture": ("dot.png", DOT, "image/png")}
    assert ada.post("/album", files=parts).status_code == 303
    shown = ada.get("/album").text
    assert MARKUP not in shown
    (path,) = re.findall(r'src="(/album/[^"]+)"', shown)
    picture = ada.get(path)
    assert (picture.status_code, picture.content, picture.headers["content-type"]) == (200, DOT, "image/png")
    assert bea.get(path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({}, {}, 403),
        ({"csrf_token": "A" * 43}, {}, 403),
        ({"csrf_token": ""}, {"origin": "https://evil.test", "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_nobody_else_adds_one(album: Any, fields: dict[str, str], headers: dict[str, str], status: int) -> None:
    """No planted form, and no page of another site, whoever is signed in."""
    bea = browser(album, "bea")
    token = token_in(bea.get("/album").text)
    sent: dict[str, Any] = {name: (None, value or token) for name, value in fields.items()}
    sent |= {"title": (None, "x"), "picture": ("dot.png", DOT, "image/png")}
    assert bea.post("/album", files=sent, headers=headers).status_code == status
    assert "No picture yet." in bea.get("/album").text


def test_a_page_that_calls_itself_a_picture_is_not_kept(album: Any) -> None:
    bea = browser(album, "bea")
    token = token_in(bea.get("/album").text)
    page = ("me.png", b"<script>alert(1)</script>", "image/png")
    parts = {"csrf_token": (None, token), "title": (None, "x"), "picture": page}
    assert bea.post("/album", files=parts).status_code == 422


def test_the_sign_out_of_the_page_works(album: Any) -> None:
    bea = browser(album, "bea")
    out = bea.post("/console/sign-out", data={"csrf_token": token_in(bea.get("/album").text)})
    assert out.status_code == 303
    assert bea.get("/album").status_code in (303, 401)
