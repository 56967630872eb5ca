"""A process in which one mutant lives: the service is weakened, and the command `buckler drill` runs on it."""

import sys
from pathlib import Path

from tests.mutants.mutant import Mutant, Unchanged
from tests.mutants.population import mutant_of

POLICY = Path(__file__).parents[2] / "docs" / "policy" / "reference-service.json"
UNCHANGED = 70
"""The exit code of a mutant that is none."""
SECONDS = 240


def main(name: str, report: str) -> int:
    """Drill it, and write the report. The exit code of the drill."""
    mutant = mutant_of(name)
    try:
        mutant.change.make()
        code = _drill(mutant, report)
        mutant.change.check()
    except Unchanged as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever started this process
        return UNCHANGED
    return code


def _drill(mutant: Mutant, report: str) -> int:
    from buckler.cli import main as command  # only now: the service may be another one
    from tests.mutants.hunting import known

    only = [word for attack in known(mutant.by) for word in ("--only", attack)]
    said = [word for each in mutant.settings for word in ("--env", each)]
    sys.argv = [
        "buckler",
        "drill",
        "--policy",
        str(POLICY),
        "--budget",
        f"{SECONDS}s",
        "--output",
        report,
        *only,
        *said,
    ]
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
