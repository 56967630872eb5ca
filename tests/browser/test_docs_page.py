"""The documentation page in a real browser: our own files, no inline script, and an Authorize button that works."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.bed import Bed, in_browser
from tests.cli.running import Running, serving

NAME, PASSWORD = "ada@example.com", "seven green lanterns at dusk"

pytestmark = in_browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        with running.client() as client:
            assert client.post("/auth/register", json={"name": NAME, "password": PASSWORD}).status_code == 201
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(bed: Bed) -> AsyncIterator[Page]:
    """Of somebody who took the certificate of this machine."""
    async with bed.person(ignore_https_errors=True) as person:
        yield await person.new_page()


async def test_the_page_runs_under_its_policy_and_loads_from_us_alone(service: Running, page: Page) -> None:
    """No script, style or picture comes from elsewhere, and the browser has no breach of the policy to report."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{service.base}/docs")
    await page.wait_for_selector(".opblock")
    assert said == []
    assert [url for url in asked if not url.startswith((service.base, "data:"))] == []
    assert len(asked) >= 4


@pytest.mark.heavy
async def test_the_authorize_button_signs_in_and_a_route_answers(service: Running, page: Page) -> None:
    """Name and password into the button, and `/auth/me` tried from the page answers with the account."""
    await page.goto(f"{service.base}/docs")
    await page.click("button.authorize")
    await page.fill("#oauth_username", NAME)
    await page.fill("#oauth_password", PASSWORD)
    await page.click(".auth-btn-wrapper button.authorize")
    await page.wait_for_selector("text=Logout")
    await page.click(".btn-done")
    block = page.locator(".opblock", has_text="/auth/me").first
    await block.locator(".opblock-summary-control").click()
    await block.locator(".try-out__btn").click()
    await block.locator("button.execute").click()
    answer = block.locator(".live-responses-table .response .response-col_status")
    await answer.wait_for()
    assert "200" in await answer.inner_text()
    assert NAME in await block.locator(".live-responses-table").inner_text()


@pytest.mark.heavy
async def test_an_injected_script_does_not_run(service: Running, page: Page) -> None:
    """An inline script put into the page is stopped by the policy; with the policy off it runs."""

    async def injected() -> bool:
        await page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.owned = true';"
            " document.body.append(s); }"
        )
        return bool(await page.evaluate("() => window.owned === true"))

    await page.goto(f"{service.base}/docs")
    assert not await injected()
    await page.goto("about:blank")
    assert await injected()
