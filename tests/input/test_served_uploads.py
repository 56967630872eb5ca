"""Files of strangers on their way out, from both sides: Starlette's own StaticFiles hands out what it finds."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI, Response
from fastapi import Path as InPath
from starlette.staticfiles import StaticFiles

from buckler import Buckler, ConfigurationError, Public, Requires, guarded
from buckler.input import FileStore, ServedUploads
from buckler.input.served_uploads import INERT
from tests.input.files import GOOD, HTML
from tests.proof import two_sided_async
from tests.stage import people, production, protect
from tests.wire import Answer, ask

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
GIF_AND_SCRIPT = b"GIF89a/*" + GOOD["gif"][8:] + b"*/=1;alert(1)//"
PAGES = {
    "page.html": HTML,
    "page.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "drawing.svg": SVG,
    "data.xml": b'<?xml version="1.0"?><?xml-stylesheet href="#a" type="text/xsl"?><a/>',
    "code.js": b"alert(1)",
    "style.css": b"*{}",
    "page.html.": HTML,
    "page.mht": HTML,
    "no-ending": HTML,
}
"""What runs something where it is opened."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good file of every kind."""
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o700)
    for kind, content in GOOD.items():
        (kept / f"a.{kind}").write_bytes(content)
    return kept


def app_of(folder: Path, files: Callable[[Path], object] = ServedUploads) -> FastAPI:
    app = FastAPI()
    app.mount("/files", guarded(files(folder), Public("a test")))  # type: ignore[arg-type]
    return protect(app)


def plain_files(folder: Path) -> StaticFiles:
    """The twin: what people mount."""
    return StaticFiles(directory=folder, follow_symlink=True)


async def get(app: FastAPI, name: str, **headers: str) -> Answer:
    fields = [(each.replace("_", "-"), value) for each, value in headers.items()]
    return await ask(app, "GET", f"/files/{name}", headers=fields)


async def test_each_kind_leaves_as_what_it_is(folder: Path) -> None:
    """Pictures are shown, the rest is offered; every one under its type, held to it, and in a sandbox."""
    app = app_of(folder)
    for kind, content in GOOD.items():
        answer = await get(app, f"a.{kind}")
        assert (answer.status, answer.body) == (200, content), kind
        shown = "inline" if kind in ("gif", "jpeg", "png", "webp") else "attachment"
        assert answer.header("content-disposition") == f'{shown}; filename="a.{kind}"'
        assert answer.header("x-content-type-options") == "nosniff"
        policy = answer.header("content-security-policy") or ""
        assert policy.endswith("; sandbox")
        assert "frame-ancestors 'none'" in policy
        assert answer.header("content-length") == str(len(content))
    assert (await get(app, "a.txt")).header("content-type") == "text/plain; charset=utf-8"
    assert (await get(app, "a.pdf")).header("content-type") == "application/pdf"
    assert (await get(app, "a.jpeg")).header("content-type") == "image/jpeg"


@pytest.mark.asvs("13.4.7", "3.2.1")
async def test_what_runs_in_a_browser_does_not_leave(folder: Path) -> None:
    """Neither a page nor a drawing nor what an app leaves lying about; StaticFiles serves each as what it is."""
    left = {**PAGES, "notes.sqlite3": b"SQLite", ".env": b"KEY=1", "app.py": b"", "a.png.bak": b"", "dump.sql": b""}
    for name, content in left.items():
        (folder / name).write_bytes(content)

    async def attack(app: FastAPI) -> bool:
        taken = [(await get(app, name)).status == 200 for name in left]
        assert all(taken) or not any(taken)
        return all(taken)

    await two_sided_async(attack, whole=app_of(folder), twin=app_of(folder, plain_files))


@pytest.mark.asvs("3.2.1", "5.4.1")
async def test_a_page_in_the_clothes_of_a_picture_is_not_shown(folder: Path) -> None:
    """By whatever way it came into the folder: it leaves as bytes to keep, and the twin shows a picture to all."""
    worn = {f"worn.{kind}": content for kind in ("png", "gif", "jpeg", "webp") for content in (HTML, SVG)}
    for name, content in worn.items():
        (folder / name).write_bytes(content)

    async def attack(app: FastAPI) -> bool:
        answers = [await get(app, name) for name in worn]
        assert {each.status for each in answers} == {200}
        kept = [(each.header("content-disposition") or "").startswith("attachment; filename=") for each in answers]
        typed = {each.header("content-type") for each in answers}
        assert typed == {"application/octet-stream"} or not any(kept)
        return not all(kept)

    await two_sided_async(attack, whole=app_of(folder), twin=app_of(folder, plain_files))


async def test_a_picture_that_is_a_script_too_is_a_picture(folder: Path) -> None:
    """Its type is held, so that no page can load it as a script; tried in a browser in `tests/browser`."""
    (folder / "both.gif").write_bytes(GIF_AND_SCRIPT)
    answer = await get(app_of(folder), "both.gif")
    assert answer.header("content-type") in ("image/gif", "application/octet-stream")
    assert answer.header("x-content-type-options") == "nosniff"


async def test_text_is_shown_where_it_was_asked_for(folder: Path) -> None:
    """As text, though it holds a page."""
    (folder / "page.txt").write_bytes(HTML)
    answer = await get(app_of(folder, lambda kept: ServedUploads(kept, inline={"txt"})), "page.txt")
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert answer.header("content-disposition") == 'inline; filename="page.txt"'
    picture = await get(app_of(folder, lambda kept: ServedUploads(kept, inline=())), "a.png")
    assert (picture.header("content-disposition") or "").startswith("attachment")


@pytest.mark.parametrize("inline", [{"pdf"}, {"svg"}, {"html"}, "json", ["png", "csv"]])
def test_what_runs_something_cannot_be_named(tmp_path: Path, inline: set[str]) -> None:
    """Nor what nobody reads in a browser."""
    with pytest.raises(ConfigurationError, match=r"shown can be gif, jpeg, png, webp, mp4 or txt"):
        ServedUploads(tmp_path / "kept", inline=inline)
    ServedUploads(tmp_path / "kept", inline=INERT)


@pytest.mark.asvs("5.3.2")
async def test_no_way_leads_out_of_the_folder(folder: Path) -> None:
    """No link, no folder, no step upwards: all are 404, in the same words as what is not there."""
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "inside").symlink_to(folder.parent)
    (folder / "below.txt").mkdir()
    os.mkfifo(folder / "pipe.txt")
    ways = (
        "link.txt", "inside/secret.txt", "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "..%5csecret.txt",
        "./a.txt", "%2fa.txt", "below.txt", "below.txt/", "pipe.txt", ".txt", "..", "", "a.txt/", "a.txt%00.png",
        "a%0a.txt", f"{folder}/a.txt", "x" * 300 + ".txt", "nothing.txt",
    )  # fmt: skip

    async def attack(app: FastAPI) -> bool:
        got = [await get(app, way) for way in ways]
        return any(each.body == b"secret" for each in got)

    whole = app_of(folder)
    await two_sided_async(attack, whole=whole, twin=app_of(folder, plain_files))
    refused = [await get(whole, way) for way in ways]
    assert {each.status for each in refused} <= {400, 404}  # 400: paths that the edge does not take
    assert {each.code for each in refused if each.status == 404} == {"http-404"}
    assert sum(each.status == 404 for each in refused) > 9


async def test_parts_are_sent_one_at_a_time(folder: Path) -> None:
    """And two that overlap are the whole, once."""
    app, content = app_of(folder), GOOD["png"]
    part = await get(app, "a.png", range="bytes=1-3")
    assert (part.status, part.body) == (206, content[1:4])
    assert part.header("content-range") == f"bytes 1-3/{len(content)}"
    assert part.header("content-type") == "image/png"
    many = await get(app, "a.png", range="bytes=0-,0-")
    assert (many.status, many.body) == (200, content)
    beyond = await get(app, "a.png", range=f"bytes={len(content)}-")
    assert (beyond.status, beyond.header("content-range")) == (416, f"bytes */{len(content)}")


async def test_a_file_that_is_held_is_not_sent_again(folder: Path) -> None:
    """By its tag, which is another one for every change, and tells nothing of the file."""
    app = app_of(folder)
    first = await get(app, "a.png")
    tag = first.header("etag") or ""
    held = await get(app, "a.png", if_none_match=tag)
    assert (held.status, held.body, held.header("etag")) == (304, b"", tag)
    assert (await get(app, "a.gif")).header("etag") != tag
    os.utime(folder / "a.png", (1, 1))
    assert (await get(app, "a.png", if_none_match=tag)).status == 200
    assert first.header("last-modified") is None


async def test_only_reading(folder: Path) -> None:
    """HEAD is GET without a body; every other method is 405; and no WebSocket ever begins."""
    app = app_of(folder)
    head = await ask(app, "HEAD", "/files/a.pdf")
    assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(GOOD["pdf"])))
    for method in ("POST", "PUT", "DELETE"):
        refused = await ask(app, method, "/files/a.pdf")
        assert refused.status in (405, 501)
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    await ServedUploads(folder)({"type": "websocket"}, None, send)  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]


async def test_a_route_decides_who_gets_which(folder: Path) -> None:
    """And offers it under the name that it came with, whatever is in that, with the ending of its kind."""
    app, files = FastAPI(), ServedUploads(FileStore(folder))

    @app.get("/of/{who}", dependencies=[Requires()])
    async def of(who: Annotated[str, InPath(max_length=20)]) -> Response:
        answer = files.response("a.pdf" if who == "alice" else "b.pdf", offered_as='R\u00e9sum\u00e9\r\nX: 1".html')
        answer.headers["cache-control"] = "private, max-age=60"
        answer.set_cookie("__Host-one", "1", secure=True, httponly=True, samesite="lax")
        return answer

    protect(app, authenticator=people())
    answer = await ask(app, "GET", "/of/alice", token="alice")
    assert (answer.status, answer.body) == (200, GOOD["pdf"])
    offered = answer.header("content-disposition") or ""
    assert offered.startswith('attachment; filename="R_sum___X_ 1_.html.pdf"')
    assert "filename*=UTF-8''R%C3%A9sum%C3%A9__X" in offered
    assert answer.header("cache-control") == "private, max-age=60"
    assert (answer.header("set-cookie") or "").startswith("__Host-one=1")
    assert (await ask(app, "GET", "/of/bob", token="bob")).code == "http-404"
    assert (await ask(app, "GET", "/of/alice")).status == 401


async def test_a_file_is_judged_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again once it has changed; of very many the oldest is forgotten."""
    monkeypatch.setattr("buckler.input.served_uploads._MOST_JUDGED", 2)
    files = ServedUploads(folder)
    app = app_of(folder, lambda _: files)
    assert [(await get(app, "a.png")).header("content-type") for _ in range(2)] == ["image/png"] * 2
    (folder / "a.png").write_bytes(HTML)
    assert (await get(app, "a.png")).header("content-type") == "application/octet-stream"
    for kind in ("gif", "webp", "jpeg"):
        await get(app, f"a.{kind}")
    assert len(files._judged._known) == 2


async def test_a_folder_that_others_may_change_is_an_error_of_ours(folder: Path) -> None:
    """Nothing leaves from there."""
    app = app_of(folder)
    os.chmod(folder, 0o777)  # noqa: PTH101, S103
    assert (await get(app, "a.png")).status == 500


def test_the_policy_names_the_folder(folder: Path) -> None:
    """As it does of `StaticFiles`."""
    app = FastAPI()
    app.mount("/files", guarded(ServedUploads(folder), Public("a test")))
    buckler = Buckler(app, settings=production())
    (route,) = [each for each in buckler.policy().routes if each.path.startswith("/files")]
    (served,) = route.files
    assert (served.directory, served.packages, served.html, served.follow_symlink) == (str(folder), (), False, False)
