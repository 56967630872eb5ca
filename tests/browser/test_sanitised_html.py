"""HTML of strangers in a real browser: as it came it runs scripts and leads astray; as it is kept it does not."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Error, Page, async_playwright
from pydantic import TypeAdapter, ValidationError

from buckler.input import Html
from tests.input.scripts_of_strangers import BORROWING, LEADING, MUTATING, RUNNING
from tests.proof import two_sided_async

CHROMIUM = shutil.which("chromium")
HERE = "https://here.example/"
PAGE = (
    "<!doctype html><meta charset=utf-8><script>var ran = 0; function owned() {{ ran += 1; }}</script><main>{}</main>"
)

CLICKED = """() => new Promise(done => {
    for (const link of document.querySelectorAll('a[href]'))
        if (link.protocol === 'javascript:') link.click(); else link.remove();
    setTimeout(() => done(ran > 0));
})"""
"""Clicks every link that is a script to the browser, whatever it looks like, and tells whether one ran."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: install Debian's chromium (.ci/run does)")

Keeping = Callable[[str], str]


def as_it_came(sent: str) -> str:
    """The twin: the text as it was sent."""
    return sent


def as_it_is_kept(sent: str) -> str:
    """What `Html` leaves; nothing where it refuses."""
    try:
        return str(TypeAdapter[str](Html).validate_python(sent))
    except ValidationError:
        return ""


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield context.pages[0]
        await context.close()


async def served(page: Page, text: str) -> None:
    """Open a page with `text` in its middle, and put it there once more as a script of the page would."""
    body = PAGE.format(text)
    await page.unroute_all()
    await page.route(
        "**/*", lambda route: route.fulfill(body=body if route.request.url == HERE else "", content_type="text/html")
    )
    await page.goto(HERE)
    await page.evaluate(
        """async text => {
            const again = document.createElement('div');
            document.body.append(again);
            again.innerHTML = text;
            again.innerHTML = again.innerHTML;
            // A picture that fails after all others have, and two frames for what waits for an animation.
            await new Promise(done => { const last = new Image(); last.onerror = done; last.src = 'last'; });
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        }""",
        text,
    )


async def ran(page: Page) -> bool:
    return bool(await page.evaluate("() => ran > 0"))


@pytest.mark.asvs("1.3.1")
async def test_no_script_of_a_stranger_runs(page: Page) -> None:
    """Each alone, served and put in twice. As they came, nearly all run."""

    async def that_ran(keep: Keeping, strangers: Iterable[str]) -> list[str]:
        seen: list[str] = []
        for sent in strangers:
            await served(page, keep(sent))
            if await ran(page):
                seen.append(sent)
        return seen

    assert await that_ran(as_it_is_kept, MUTATING) == []

    async def attack(keep: Keeping) -> bool:
        seen = await that_ran(keep, RUNNING)
        assert keep is as_it_came or seen == []
        return len(seen) > len(RUNNING) * 3 // 4

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)


@pytest.mark.asvs("1.3.1", "1.2.2")
async def test_no_link_of_a_stranger_leads_to_a_script(page: Page) -> None:
    """Every one is clicked."""

    async def attack(keep: Keeping) -> bool:
        count = 0
        for link in LEADING:
            await served(page, keep(f"<a href='{link}'>click</a>"))
            count += bool(await page.evaluate(CLICKED))
        return count > 4

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)


@pytest.mark.asvs("1.3.5")
async def test_no_stranger_styles_the_page_or_learns_who_reads_it(page: Page) -> None:
    """Nothing is asked of another host, nothing lies over the page, nothing of it is hidden."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    async def attack(keep: Keeping) -> bool:
        asked.clear()
        for sent in BORROWING:
            with suppress(Error):  # the page may be led away under our hands
                await served(page, keep(sent))
        elsewhere = any("evil.example" in url for url in asked)
        await served(page, keep("<p style='position:fixed;inset:0'>x</p><style>main{display:none}</style>"))
        styled = await page.evaluate(
            "() => getComputedStyle(document.querySelector('main')).display === 'none'"
            " || !!document.querySelector('[style]')"
        )
        return elsewhere or bool(styled)

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)
