"""The walk with curl passes on a fresh service, and again on the same one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Running, serving
from tests.cli.started import can_be_ready, ready

TOUR = Path(__file__).parents[2] / "examples" / "tour.sh"
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
WITHOUT_BUCKLER = os.pathsep.join(each for each in PATH.split(os.pathsep) if not (Path(each) / "buckler").exists())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("toured")) as running:
        yield running


def walk(*options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the tour. `FROM` makes it another client, so that one walk does not use up another's budget.

    Its thirty commands `buckler` are run by a process that has them ready, where there is one.
    """
    surroundings = {"PATH": f"{ready().folder}{os.pathsep}{PATH}" if can_be_ready() else PATH} | more
    return subprocess.run(["bash", str(TOUR), *options], env=surroundings, capture_output=True, text=True, timeout=240)


def there(running: Running) -> tuple[str, ...]:
    return "--base", running.base, "--http", running.plain, "--ca", str(running.authority)


def test_the_walk_passes_twice_on_one_service(running: Running) -> None:
    """Once with the one-time code; then, as another client, with no administrator and no command `buckler` at hand."""
    first = walk(*there(running), "--code", running.code)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "0 skipped" in first.stdout
    second = walk(*there(running), FROM="127.0.0.2", PATH=WITHOUT_BUCKLER)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "2 skipped" in second.stdout


@pytest.mark.heavy
def test_the_walk_fails_and_names_the_step_where_a_promise_is_broken(running: Running) -> None:
    """With a code that is not good the first administrator is not made: exit code 1, and which step it was."""
    done = walk(*there(running), "--code", "not-the-code", FROM="127.0.0.3")
    assert done.returncode == 1
    assert "not ok" in done.stderr
    assert "the one-time code makes the first administrator" in done.stderr
    assert "the status is 403" in done.stderr
    for remedy in ("start without --code", "ADMIN_NAME", "ADMIN_PASSWORD"):
        assert remedy in done.stderr


def test_without_a_service_the_walk_says_how_to_start_one() -> None:
    """Nobody is left with a curl error."""
    done = walk("--base", "https://localhost:1")
    assert done.returncode == 1
    for remedy in ("make serve", "--base", "--http", "--ca", "make tour PORT=8443 HTTP_PORT=8080"):
        assert remedy in done.stderr


@pytest.mark.parametrize(
    ("variables", "base", "http"),
    [
        ((), "https://localhost:8443", "http://localhost:8080"),
        (("PORT=19443", "HTTP_PORT=19080"), "https://localhost:19443", "http://localhost:19080"),
        (("PORT=19443", "BASE=https://localhost:1"), "https://localhost:1", "http://localhost:8080"),
    ],
)
def test_make_walks_where_make_served(variables: tuple[str, ...], base: str, http: str) -> None:
    """The same two variables as for `make serve`; a whole address that was given stands over them."""
    line = ["make", "--dry-run", "--no-print-directory", "tour", *variables]
    recipe = subprocess.run(
        line, cwd=TOUR.parents[1], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60
    ).stdout
    walk = recipe[recipe.index("PATH=") :].replace("examples/tour.sh", "printenv BASE HTTP")
    given = dict(variable.split("=", 1) for variable in variables)
    told = subprocess.run(
        ["bash", "-c", walk], env={"PATH": os.environ["PATH"], **given}, capture_output=True, text=True, timeout=20
    )
    assert told.stdout.split() == [base, http]


def test_a_wrong_option_is_two() -> None:
    """2 is for how it was called."""
    for wrong in (("--fly",), ("--code",)):
        assert walk(*wrong).returncode == 2
