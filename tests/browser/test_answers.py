"""What a browser makes of answers: with our headers nothing of them runs, is framed, embedded or led back to us.

The twin is the same app without the defence `headers`, with Starlette's `StaticFiles` for files of strangers; a third
one has the headers and `StaticFiles`, so that each of the two is seen alone.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Response
from playwright.async_api import Error, Page
from starlette.staticfiles import StaticFiles

from buckler import Public, guarded
from buckler.input import ServedUploads
from tests.browser.bed import Bed, Pages, Site, in_browser
from tests.browser.till import Missing
from tests.input.files import GOOD, picture
from tests.proof import two_sided_async
from tests.stage import production

pytestmark = in_browser

SCRIPT = "<script>window.ran = 1</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'
XHTML = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{SCRIPT}</body></html>'
LOADED = "() => document.images[0].decode().then(() => true, () => false)"
LOADS = "<!doctype html><title>{}</title><script src='{}'></script>"
ANY = [Public("a page")]
UPLOADS = {
    "page.html": f"<!doctype html>{SCRIPT}".encode(),
    "page.xhtml": XHTML.encode(),
    "drawing.svg": SVG.encode(),
    "data.xml": XHTML.encode(),
    "code.js": b"window.ran = 1",
    "code.txt": b"window.ran = 1",
    "both.gif": b"GIF89a/*" + GOOD["gif"][8:] + b"*/=1;window.ran = 1",
    "page.txt": f"<!doctype html>{SCRIPT}".encode(),
    "page.png": f"<!doctype html>{SCRIPT}".encode(),
    "a.pdf": GOOD["pdf"],
    "a.png": picture("PNG"),
    "style.txt": b"h1 { display: none }",
}


STATIC: dict[str, tuple[str | bytes, str | None]] = {
    "/": ("<!doctype html><title>ours</title><h1>Ours</h1>", "text/html"),
    "/untyped": (f"<!doctype html>{SCRIPT}", None),
    "/drawing": (SVG, "image/svg+xml"),
    "/document": (XHTML, "application/xml"),
    "/json": (json.dumps({"text": SCRIPT}), "application/json"),
    "/text": ("window.ran = 1", "text/plain"),
    "/picture": (GOOD["png"], "image/png"),
}
"""Answers that are always the same."""


def _answers(app: FastAPI) -> None:
    def always(content: str | bytes, media_type: str | None) -> Any:
        async def answer() -> Response:
            return Response(content, media_type=media_type)

        return answer

    for path, (content, media_type) in STATIC.items():
        app.get(path, dependencies=ANY)(always(content, media_type))

    @app.get("/leading", dependencies=ANY)
    async def leading(to: str) -> Response:
        return Response(f"<!doctype html><a href='{to}'>away</a>", media_type="text/html")

    @app.get("/loading", dependencies=ANY)
    async def loading(script: str) -> Response:
        return Response(LOADS.format("loading", script), media_type="text/html")

    @app.get("/styled", dependencies=ANY)
    async def styled(sheet: str) -> Response:
        return Response(f"<title>x</title><link rel=stylesheet href='{sheet}'><h1>x</h1>", media_type="text/html")


async def served(bed: Bed, folder: Path, files: Any, *without: str) -> Site:
    def make(origin: str) -> FastAPI:
        app = FastAPI()
        Missing(app, without=without, settings=production(origin=origin))
        _answers(app)
        app.mount("/files", guarded(files(folder), Public("files")))
        return app

    return await bed.serve(make)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    made = tmp_path_factory.mktemp("uploads")
    for name, content in UPLOADS.items():
        (made / name).write_bytes(content)
    yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(bed: Bed, folder: Path) -> Site:
    return await served(bed, folder, lambda kept: ServedUploads(kept, inline={"png", "gif", "txt"}))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(bed: Bed, folder: Path) -> Site:
    return await served(bed, folder, lambda kept: StaticFiles(directory=kept), "headers")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def static(bed: Bed, folder: Path) -> Site:
    """With every header of ours, and files as Starlette serves them."""
    return await served(bed, folder, lambda kept: StaticFiles(directory=kept))


async def ran(page: Page, url: str) -> bool:
    """Whether script ran where this is opened. What is offered to be kept is not opened at all."""
    await page.evaluate("() => { window.ran = 0; }")
    with suppress(Error):
        await page.goto(url)
    return bool(await page.evaluate("() => window.ran === 1"))


@pytest.mark.asvs("3.2.1", "3.4.4")
@pytest.mark.parametrize("path", ["/untyped", "/drawing", "/document"])
async def test_no_answer_runs_where_it_is_opened(page: Page, whole: Site, bare: Site, path: str) -> None:
    """Neither one whose type somebody forgot, which browsers take for a page, nor a drawing or a document."""

    async def attack(target: Site) -> bool:
        return await ran(page, target.at(path))

    await two_sided_async(attack, whole=whole, twin=bare)


async def test_json_is_text_to_a_browser(page: Page, whole: Site) -> None:
    """Whatever stands in it."""
    assert not await ran(page, whole.at("/json"))
    assert await page.evaluate("() => document.querySelectorAll('script').length") == 0


@pytest.mark.asvs("3.4.4")
async def test_text_is_neither_script_nor_style(page: Page, whole: Site, bare: Site) -> None:
    """Not to a page of ours either, whose policy lets it load whatever is ours: `nosniff`."""

    async def attack(target: Site) -> bool:
        seen = [await ran(page, target.at("/loading?script=/text"))]
        await page.goto(target.at("/styled?sheet=/files/style.txt"))
        seen.append(await page.evaluate("() => getComputedStyle(document.querySelector('h1')).display === 'none'"))
        assert seen[0] == seen[1]
        return seen[0]

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("3.5.8")
async def test_nothing_of_ours_is_embedded_elsewhere(
    page: Page, evil: Pages, sibling: Pages, whole: Site, bare: Site
) -> None:
    """No picture, and no data as a script; whoever embeds it could learn of it, by its size for one."""

    async def attack(target: Site) -> bool:
        seen = []
        for theirs in (evil, sibling):
            for path in ("/picture", "/files/a.png"):
                await page.goto(theirs.show("/", f"<img src='{target.at(path)}'>"))
                seen.append(await page.evaluate(LOADED))
            seen.append(await ran(page, theirs.show("/", LOADS.format("prize", target.at("/text")))))
        assert len({*seen}) == 1, seen
        return bool(seen[0])

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("3.4.6")
async def test_no_page_of_ours_stands_in_a_frame(
    page: Page, evil: Pages, sibling: Pages, whole: Site, bare: Site
) -> None:
    """Elsewhere, over a prize; what it would show there is an error of the browser."""

    async def attack(target: Site) -> bool:
        shown = []
        for theirs in (evil, sibling):
            await page.goto(theirs.show("/", f"<iframe src='{target.at('/')}'></iframe>"))
            shown.append(await page.frames[1].title() == "ours")
        assert shown[0] == shown[1]
        return shown[0]

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("3.4.8")
async def test_who_opens_us_does_not_hold_our_window(page: Page, evil: Pages, whole: Site, bare: Site) -> None:
    """It could lead it elsewhere, and count its frames."""

    async def attack(target: Site) -> bool:
        await page.goto(evil.show("/", "<title>prize</title>"))
        async with page.expect_popup() as opened:
            await page.evaluate("url => { window.held = open(url); }", target.at("/"))
        popup = await opened.value
        await popup.wait_for_function("() => document.title === 'ours'")
        held = not await page.evaluate("() => held.closed")
        await popup.close()
        return held

    await two_sided_async(attack, whole=whole, twin=bare)


@pytest.mark.asvs("3.4.5")
async def test_nobody_learns_where_a_visitor_came_from(page: Page, evil: Pages, whole: Site, bare: Site) -> None:
    """Whoever follows a link of ours."""
    away = evil.show("/away", "<title>away</title>")

    async def attack(target: Site) -> bool:
        await page.goto(target.at(f"/leading?to={away}"))
        await page.click("a")
        await page.wait_for_url(away)
        return "referer" in evil.got("/away")[-1].headers

    await two_sided_async(attack, whole=whole, twin=bare)


OPENED = [f"/files/{each}" for each in ("page.html", "page.xhtml", "drawing.svg", "data.xml", "page.txt", "page.png")]
SCRIPT_FILE = "/loading?script=/files/code.js"
LOADED_AS_SCRIPT = [f"/loading?script=/files/{each}" for each in ("code.txt", "both.gif", "drawing.svg")]


@pytest.mark.asvs("3.2.1")
async def test_no_file_of_a_stranger_runs_as_what_it_is_not(page: Page, static: Site, bare: Site) -> None:
    """By the headers alone, opened and loaded by a page of ours: `StaticFiles` serves both sites."""

    async def attack(target: Site) -> bool:
        worked = [way for way in OPENED + LOADED_AS_SCRIPT if await ran(page, target.at(way))]
        assert len(worked) in (0, 5), worked  # browsers themselves keep texts and pictures to what they say
        return bool(worked)

    await two_sided_async(attack, whole=static, twin=bare)


@pytest.mark.asvs("3.2.1")
async def test_no_script_of_a_stranger_is_loaded(page: Page, whole: Site, static: Site) -> None:
    """The policy of our pages allows what is ours, so a script is to be served as what is none."""

    async def attack(target: Site) -> bool:
        return await ran(page, target.at(SCRIPT_FILE))

    await two_sided_async(attack, whole=whole, twin=static)
    for way in OPENED + LOADED_AS_SCRIPT:
        assert not await ran(page, whole.at(way))


async def test_pictures_are_shown_and_the_rest_is_kept(page: Page, whole: Site) -> None:
    """A picture by itself and in a page of ours, a text as a text; a document goes to the disk under its name."""
    await page.goto(whole.at("/files/a.png"))
    assert await page.evaluate(LOADED)
    await page.goto(whole.at("/files/page.txt"))
    assert "window.ran" in await page.inner_text("pre")
    await page.goto(whole.at())
    await page.evaluate("() => { const it = new Image(); it.src = '/files/a.png'; document.body.append(it); }")
    assert await page.evaluate(LOADED)
    async with page.expect_download() as begun:
        with suppress(Error):
            await page.goto(whole.at("/files/a.pdf"))
    assert (await begun.value).suggested_filename == "a.pdf"
