"""What can be measured, by the words of `--only`, and how each is put together.

The subjects are imported when they are asked for: whoever measures one needs only its packages.
"""

import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

from bench.budgets import Row
from bench.progress import Progress
from bench.rounds import time_rounds
from bench.subject import Subject
from bench.subjects.bare import bare

USUAL: Final = ("noise", "tutorial", "glued")
OURS: Final = ("B1", "B2", "B3", "B9")
WORDS: Final = (*USUAL, *OURS, "B4", "B5", "B7", "B8", "json")
STEP_ROUNDS: Final = 30


async def measure(words: frozenset[str], rounds: int, batch: int, progress: Progress) -> list[Row]:
    """Every row that `words` ask for."""
    async with AsyncExitStack() as stack:
        rows: list[Row] = []
        if words.intersection(USUAL + OURS):
            subjects = await gathered(stack, words, progress)
            rows += await _app_rows(subjects, rounds, batch, progress)
        return rows + await _step_rows(words, progress)


async def gathered(stack: AsyncExitStack, words: frozenset[str], progress: Progress) -> list[Subject]:
    """The subjects that `words` ask for, each checked, bare FastAPI first."""
    progress.tell("making the apps, signing 64 people in")
    found = [bare(), *_usual(stack, words)]
    if words.intersection(OURS):
        found += await _ours(stack, words)
    progress.tell("checking every app")
    return [await subject.checked() for subject in found]


def _usual(stack: AsyncExitStack, words: frozenset[str]) -> list[Subject]:
    found: list[Subject] = []
    if "noise" in words:
        found.append(bare("bare_again"))
    if "tutorial" in words:
        from bench.subjects.tutorial import tutorial

        found.append(tutorial())
    if "glued" in words:
        from bench.subjects.glued import glued

        found.append(stack.enter_context(glued()))
    return found


async def _ours(stack: AsyncExitStack, words: frozenset[str]) -> list[Subject]:
    from bench.subjects import whole

    home = await stack.enter_async_context(whole.house())
    found: list[Subject] = []
    if "B1" in words:
        found += [
            await whole.by_default(stack, home),
            await whole.limited(stack, home),
        ]
    if words.intersection(("B1", "B9")):
        found.append(await whole.installed_last(stack, home))
    if "B9" in words:
        found.append(await whole.thousand(stack, home))
    if "B2" in words:
        found.append(await whole.by_requirement(stack, home))
    if "B3" in words:
        found += await whole.refused(stack, home)
    return found


async def _app_rows(subjects: Sequence[Subject], rounds: int, batch: int, progress: Progress) -> list[Row]:
    gc.collect()
    gc.freeze()  # what stands for the whole run need not be looked at before every batch
    try:
        timings = await time_rounds(subjects, rounds, batch, lambda done: progress.tell("timing apps", done, rounds))
    finally:
        gc.unfreeze()
    return [
        Row(
            subject.name,
            subject.title,
            "x",
            timings[subject.name].ratio,
            subject.against,
            timings[subject.name].microseconds.middle,
        )
        for subject in subjects
    ]


async def _step_rows(words: frozenset[str], progress: Progress) -> list[Row]:
    rows: list[Row] = []
    if "B4" in words:
        from bench.limit_steps import limit_rows

        progress.tell("timing the limit")
        rows += await limit_rows(STEP_ROUNDS)
    if "B5" in words:
        from bench.token_steps import token_rows

        progress.tell("timing the token check")
        rows += await token_rows(STEP_ROUNDS)
    if "B7" in words:
        from bench.log_steps import log_rows

        progress.tell("timing the log")
        rows += await log_rows(STEP_ROUNDS)
    if "B8" in words:
        from bench.login_steps import login_rows

        progress.tell("timing sign-ins")
        rows += await login_rows()
    if "json" in words:
        from bench.json_steps import json_rows

        progress.tell("timing the judge of JSON")
        rows += await json_rows(STEP_ROUNDS)
    return rows
