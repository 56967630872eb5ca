"""HTML of strangers in a real browser: as it came it runs scripts and leads astray; as it is kept it does not."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from playwright.async_api import Error, Page
from pydantic import TypeAdapter, ValidationError

from buckler.input import Html
from tests.browser.bed import Pages, in_browser
from tests.input.scripts_of_strangers import BORROWING, LEADING, MUTATING, RUNNING
from tests.proof import two_sided_async

PAGE = (
    "<!doctype html><meta charset=utf-8><script>var ran = 0; function owned() {{ ran += 1; }}</script><main>{}</main>"
)
SHOWN = """async ([urls, texts]) => {
    const opened = urls.map(url => new Promise(done => {
        const frame = document.createElement('iframe');
        frame.src = url; frame.onload = () => done(frame.contentWindow);
        document.body.append(frame);
    }));
    const frames = await Promise.all(opened);
    frames.forEach(({document}, at) => {
        const again = document.createElement('div');
        document.body.append(again);
        again.innerHTML = texts[at];
        again.innerHTML = again.innerHTML;
    });
    // In each a picture that fails after all others have, and two frames for what waits for an animation.
    await Promise.all(frames.map(({Image}) => new Promise(done => {
        const last = new Image(); last.onerror = done; last.src = '/last';
    })));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return frames.map(frame => frame.ran > 0);
}"""
"""Opens each text as a page of its own, puts it there once more as a script would, and tells which ran."""
CLICKED = """() => new Promise(done => {
    for (const link of document.querySelectorAll('a[href]'))
        if (link.protocol === 'javascript:') link.click(); else link.remove();
    setTimeout(() => done(ran));
})"""
"""Clicks every link that is a script to the browser, whatever it looks like, and tells how many ran."""

pytestmark = in_browser

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


async def that_ran(page: Page, site: Pages, texts: Sequence[str]) -> list[bool]:
    """Of each text, whether it ran as a page. What waits for the focus has a window to itself."""
    urls = [site.show(f"/{at}", PAGE.format(text)) for at, text in enumerate(texts)]
    together = [at for at, text in enumerate(texts) if "autofocus" not in text]
    await page.goto(site.show("/", "<!doctype html><body>"))
    found = await page.evaluate(SHOWN, [[urls[at] for at in together], [texts[at] for at in together]])
    ran = dict(zip(together, found, strict=True))
    for at in set(range(len(texts))) - {*together}:
        await page.goto(urls[at])
        ran[at] = await page.evaluate("() => ran > 0")
    return [ran[at] for at in range(len(texts))]


@pytest.mark.asvs("1.3.1")
async def test_no_script_of_a_stranger_runs(page: Page, evil: Pages) -> None:
    """Each alone, served and put in twice. As they came, nearly all run."""

    async def through(keep: Keeping, strangers: Sequence[str]) -> list[str]:
        ran = await that_ran(page, evil, [keep(sent) for sent in strangers])
        return [sent for sent, is_one in zip(strangers, ran, strict=True) if is_one]

    assert await through(as_it_is_kept, MUTATING) == []

    async def attack(keep: Keeping) -> bool:
        seen = await through(keep, RUNNING)
        assert keep is as_it_came or seen == []
        return len(seen) > len(RUNNING) * 3 // 4

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)


@pytest.mark.asvs("1.3.1", "1.2.2")
async def test_no_link_of_a_stranger_leads_to_a_script(page: Page, evil: Pages) -> None:
    """Every one is clicked."""

    async def attack(keep: Keeping) -> bool:
        links = "".join(keep(f"<a href='{link}'>click</a>") for link in LEADING)
        await page.goto(evil.show("/", PAGE.format(links)))
        count = await page.evaluate(CLICKED)
        assert keep is as_it_came or count == 0
        return bool(count > 4)

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)


@pytest.mark.asvs("1.3.5")
async def test_no_stranger_styles_the_page_or_learns_who_reads_it(page: Page, evil: Pages) -> None:
    """Nothing is asked of another host, nothing lies over the page, nothing of it is hidden."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    async def attack(keep: Keeping) -> bool:
        asked.clear()
        for sent in BORROWING:
            with suppress(Error):  # the page may be led away under our hands
                await page.goto(evil.show("/", PAGE.format(keep(sent))))
        elsewhere = any("evil.example" in url for url in asked)
        with suppress(Error):
            await page.goto("about:blank")
        styling = "<p style='position:fixed;inset:0'>x</p><style>main{display:none}</style>"
        await page.goto(evil.show("/", PAGE.format(keep(styling))))
        styled = await page.evaluate(
            "() => getComputedStyle(document.querySelector('main')).display === 'none'"
            " || !!document.querySelector('[style]')"
        )
        return elsewhere or bool(styled)

    await two_sided_async(attack, whole=as_it_is_kept, twin=as_it_came)
