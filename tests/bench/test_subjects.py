"""Each app of the bench passes its own self-check. Nothing is timed here."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from bench.subject import Subject
from bench.subjects.bare import bare
from bench.subjects.people import PEOPLE

FEW = PEOPLE[:2]


async def test_bare() -> None:
    assert len((await bare().checked()).calls) == len(PEOPLE)


async def test_tutorial() -> None:
    pytest.importorskip("jwt", reason="uv sync --group bench")
    from bench.subjects.tutorial import tutorial

    checked = await tutorial().checked()
    assert [probe.expected.status for probe in checked.probes] == [401, 401]


async def test_glued() -> None:
    """The CSRF cookie is among what its client sends, so no request pays for a new one."""
    for package in ("jwt", "slowapi", "starlette_csrf", "secure", "loguru"):
        pytest.importorskip(package, reason="uv sync --group bench")
    from bench.subjects.glued import glued

    with glued() as subject:
        checked = await subject.checked()
    assert all(name == b"cookie" for call in checked.calls for name, _ in call.request.more)
    assert all(call.request.more for call in checked.calls)


@pytest.fixture
async def ours() -> AsyncGenerator[list[Subject]]:
    from bench.subjects import whole

    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(whole.house(FEW))
        yield [
            await whole.by_default(stack, home),
            await whole.installed_last(stack, home),
            await whole.limited(stack, home),
            await whole.by_requirement(stack, home),
            *await whole.refused(stack, home),
        ]


@pytest.mark.heavy
async def test_everything_under_buckler(ours: list[Subject]) -> None:
    """Served with the whole set of headers; refused for a forged token, another host, and what B3 names."""
    checked = [await subject.checked() for subject in ours]
    served = [subject for subject in checked if subject.name.startswith("buckler_")]
    assert all(len(subject.probes) == 5 for subject in served)
    assert {subject.name: subject.calls[0].expected.status for subject in checked if subject not in served} == {
        "refused_host": 400,
        "refused_path": 400,
        "refused_length": 400,
        "refused_no_token": 401,
        "refused_client": 429,
        "refused_limit": 429,
        "refused_unknown_key": 429,
        "refused_hs256": 429,
        "refused_forged": 429,
        "checked_unknown_key": 401,
        "checked_hs256": 401,
        "check": 401,
        "checked_forged": 401,
    }
