"""The reference service on stage."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_asyncio

from tests.staging.playhouse import Stage, built, development_in, on_stage


@pytest_asyncio.fixture(name="service")
async def _service(tmp_path: Path) -> AsyncGenerator[Stage]:
    with development_in(tmp_path):
        app = built("service")
        async with on_stage(app, tmp_path) as found:
            yield found
