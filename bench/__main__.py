"""The command line: choose, check, time, tell."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvloop

from bench import catalogue
from bench.budgets import Row
from bench.catalogue import WORDS
from bench.lifespan import StartError
from bench.progress import Progress
from bench.report import conditions, document, may_colour, table
from bench.subject import SelfCheckError

ROUNDS: Final = 40
BATCH: Final = 512

DESCRIPTION: Final = """\
What security costs, as ratios to bare FastAPI measured in the same run.

Every subject answers the same GET /me with two fields to 64 callers. Each is checked first: a good
token is answered 200 with the right body, a forged one 401; an app that fails is an error, not a
number. Batches are interleaved and each ratio is taken within one round, in CPU time. Shown are the
middle of the ratios and the range that holds eight in ten. bench/README.md tells how to read them.
"""

EPILOGUE: Final = """\
examples:
  python -m bench                          everything, some two minutes on two idle cores
  python -m bench --only B1,B2             the app under Buckler, beside bare FastAPI
  python -m bench --only tutorial,glued    what is usual today
  python -m bench --rounds 20              quicker, with a wider spread
  python -m bench --json figures.json      the same for programs
  python -m bench --strict                 exit 1 when a middle is over its budget

Exit status: 0; 1 with --strict and a budget over; 2 when a subject fails its self-check.
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; a word that names nothing ends the run with the words that do."""
    parser = argparse.ArgumentParser(
        "python -m bench",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help="rounds of batches (default %(default)s)")
    parser.add_argument("--batch", type=_positive, default=BATCH, help="requests a batch (default %(default)s)")
    parser.add_argument(
        "--only",
        type=_words,
        default=frozenset(WORDS),
        metavar="WORDS",
        help="with commas, any of: " + ", ".join(WORDS),
    )
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="also write the figures as JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a middle is over its budget")
    return parser.parse_args(arguments)


async def run(options: argparse.Namespace) -> list[Row]:
    """Every row that was asked for."""
    progress = Progress(sys.stderr)
    try:
        return await catalogue.measure(options.only, options.rounds, options.batch, progress)
    finally:
        progress.end()


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            rows = runner.run(run(options))
    except (SelfCheckError, StartError) as failure:
        return _failed(f"self-check failed: {failure}")
    except ModuleNotFoundError as missing:
        return _failed(f"{missing.name} is not installed; `make bench` brings it, or: uv sync --group bench")
    sys.stdout.write("  ".join(f"{name} {value}" for name, value in conditions().items()) + "\n\n")
    sys.stdout.write(table(rows, may_colour(sys.stdout)) + "\n")
    if options.json is not None:
        options.json.write_text(document(rows, options.rounds, options.batch) + "\n", encoding="utf-8")
    return verdict(rows, strict=options.strict)


def verdict(rows: Sequence[Row], *, strict: bool) -> int:
    """The exit status of a run whose subjects all passed their self-check."""
    return 1 if strict and any(row.over for row in rows) else 0


def _failed(reason: str) -> int:
    sys.stderr.write(f"\n{reason}\n")
    return 2


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("write a whole number from 1")
    return number


def _words(text: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    unknown = sorted(words - set(WORDS))
    if unknown or not words:
        raise argparse.ArgumentTypeError(
            f"{', '.join(unknown) or 'nothing'} names no figure; choose from {', '.join(WORDS)}"
        )
    return words


if __name__ == "__main__":
    sys.exit(main())
