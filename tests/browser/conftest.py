"""What the tests in a browser ask for: see `bed.py`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from tests.browser.bed import EVIL, SIBLING, Bed, Pages, bed_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bed]:
    """One browser, and the sites that it can visit."""
    async with bed_in(tmp_path_factory.mktemp("bed")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evil(bed: Bed) -> Pages:
    """The attacker's site."""
    return await bed.strangers(EVIL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sibling(bed: Bed) -> Pages:
    """A site under a name beside ours, in somebody else's hands."""
    return await bed.strangers(SIBLING)


@pytest_asyncio.fixture(loop_scope="module")
async def person(bed: Bed) -> AsyncIterator[BrowserContext]:
    """Somebody with a browser of their own."""
    async with bed.person() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def page(person: BrowserContext) -> Page:
    """A page of `person`."""
    return await person.new_page()
