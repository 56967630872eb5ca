"""Which packages are installed, here and elsewhere."""

import json
import os
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from buckler.advisories.environment import own_packages, packages_of
from buckler.advisories.packages import InputRefused, Package, normalised


def distribution(folder: Path, name: str, version: str, *lines: str, **files: str) -> None:
    """Metadata as an installer writes it."""
    place = folder / f"{name}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines])
    )
    for file, text in files.items():
        (place / f"{file}.json").write_text(text)


def an_interpreter(folder: Path, *sites: Path) -> Path:
    """A python that has nothing but what is in these; it is told so by no variable that -I would ignore."""
    python = folder / "python"
    start = f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + {[*map(str, sites)]!r}"
    run = "import runpy; runpy.run_path(sys.argv[1], run_name='__main__')"
    python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -S -c "{start}; {run}" "$@"\n')
    python.chmod(0o700)
    return python


def packages_in(folder: Path) -> dict[str, Package]:
    found = packages_of(an_interpreter(folder, folder / "site"))
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    return {each.name: each for each in found.packages}


def test_what_is_installed_here_is_all_there_is() -> None:
    """Each distribution once, by the name of the index."""
    own = own_packages()
    assert {each.name for each in own.packages} == {normalised(each.metadata["Name"]) for each in distributions()}
    by_name = {each.name: each for each in own.packages}
    assert by_name["buckler"].apart == "it was installed from a folder"
    assert by_name["fastapi"].apart == ""
    assert "starlette" in by_name["fastapi"].needs
    assert by_name["fastapi"].licences


def test_another_environment_is_asked_in_its_own_process(tmp_path: Path) -> None:
    """It needs nothing of this package, and does not see what is installed here."""
    site = tmp_path / "site"
    distribution(site, "Shape_One", "1.0", "License-Expression: MIT")
    assert packages_in(tmp_path) == {"shape-one": Package("shape-one", "1.0", licences=("MIT",))}


def test_the_folder_of_an_environment_is_as_good_as_its_python() -> None:
    """This one's."""
    names = {each.name for each in packages_of(Path(sys.prefix)).packages}
    assert {"fastapi", "buckler"} <= names


def test_where_a_package_came_from_is_told_without_its_address(tmp_path: Path) -> None:
    """PEP 610. The address may hold a password."""
    site, url = tmp_path / "site", "https://user:secret@example.com/x"
    told = {
        "a": {"url": url, "dir_info": {"editable": True}},
        "b": {"url": url, "vcs_info": {"vcs": "git"}},
        "c": {"url": url, "archive_info": {}},
        "d": {"url": url},
    }
    for name, direct_url in told.items():
        distribution(site, name, "1.0", direct_url=json.dumps(direct_url))
    distribution(site, "e", "1.0", direct_url="{")
    distribution(site, "f", "1.0", direct_url="")
    distribution(site, "g", "1.0", direct_url="[" * 100_000)
    found = packages_in(tmp_path)
    assert {name: each.apart for name, each in found.items()} == {
        "a": "it was installed from a folder",
        "b": "it was installed from a repository",
        "c": "it was installed from a file that was named, not from an index",
        "d": "it was not installed from an index",
        "e": "it was not installed from an index",
        "f": "it was not installed from an index",
        "g": "it was not installed from an index",
    }
    assert "secret" not in repr(found)


def test_a_package_without_readable_metadata_is_not_left_out(tmp_path: Path) -> None:
    """By the name of its folder; nobody can judge it."""
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.4\n")
    (found,) = packages_in(tmp_path).values()
    assert (found.name, found.apart) == ("broken-1-0-dist-info", "its metadata cannot be read")


def test_metadata_that_is_no_text_hides_no_other_package(tmp_path: Path) -> None:
    """Nor one whose name would be read as something else."""
    site = tmp_path / "site"
    distribution(site, "shape", "1.0")
    distribution(site, "odd", "1.0\n -r x", "Requires-Dist: shape")
    for folder in ("broken-1.0.dist-info", "empty-1.0.dist-info"):
        (site / folder).mkdir()
    (site / "broken-1.0.dist-info" / "METADATA").write_bytes(b"Name: broken\nVersion: \xff\xfe")
    found = packages_in(tmp_path)
    assert set(found) == {"shape", "odd", "broken-1-0-dist-info", "empty-1-0-dist-info"}
    assert found["broken-1-0-dist-info"].apart == found["empty-1-0-dist-info"].apart == "its metadata cannot be read"
    assert found["odd"].version.isprintable()
    assert found["odd"].comparable is None


def test_the_first_of_a_name_is_the_one_that_counts(tmp_path: Path) -> None:
    """As it is the one that is imported."""
    for place, version in (("first", "1.0"), ("site", "2.0")):
        distribution(tmp_path / place, "shape", version)
    python = an_interpreter(tmp_path, tmp_path / "first", tmp_path / "site")
    assert [each.version for each in packages_of(python).packages] == ["1.0"]


def test_needs_are_those_that_hold_there_and_are_installed(tmp_path: Path) -> None:
    """With whichever extras; a marker is judged by what the other interpreter says of itself."""
    site = tmp_path / "site"
    for name in ("always", "extra-one", "never", "unclear"):
        distribution(site, name, "1.0")
    distribution(
        site,
        "shape",
        "1.0",
        "Provides-Extra: more",
        "Requires-Dist: Always>=1",
        "Requires-Dist: extra_one; extra == 'more'",
        "Requires-Dist: never; python_version < '3'",
        "Requires-Dist: absent",
        "Requires-Dist: unclear; python_version ~= 'x'",
        "Requires-Dist: no requirement ==",
    )
    assert packages_in(tmp_path)["shape"].needs == ("always", "extra-one", "unclear")


@pytest.mark.parametrize(
    ("lines", "licences"),
    [
        (("License-Expression: MIT OR Apache-2.0",), ("MIT OR Apache-2.0",)),
        (("License: BSD",), ("BSD",)),
        (("License: " + "long " * 30, "Classifier: License :: OSI Approved :: MIT License"), ("MIT License",)),
        (("Classifier: License :: OSI Approved", "Classifier: Topic :: Security"), ("OSI Approved",)),
        (("License: " + "x" * 200,), ("x" * 100,)),
        ((), ()),
    ],
)
def test_a_licence_is_a_name_and_not_its_whole_text(
    tmp_path: Path, lines: tuple[str, ...], licences: tuple[str, ...]
) -> None:
    distribution(tmp_path / "site", "shape", "1.0", *lines)
    assert packages_in(tmp_path)["shape"].licences == licences


@pytest.mark.parametrize(
    ("script", "why"),
    [("exit 3", "exit code 3"), ("echo nothing", "it printed something else"), (None, "No such file or directory")],
)
def test_an_interpreter_that_is_none_is_refused(tmp_path: Path, script: str | None, why: str) -> None:
    """With what to name instead."""
    if script is not None:
        (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "python").chmod(0o700)
    with pytest.raises(InputRefused, match=f"{why}.*Name the python of an environment"):
        packages_of(tmp_path / "python")


def test_an_interpreter_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And ended."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "python").write_text(f"#!/bin/sh\nexec cat {tmp_path / 'pipe'}\n")
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr("buckler.advisories.environment._SECONDS", 0.1)
    with pytest.raises(InputRefused, match=r"not within 0\.1 seconds"):
        packages_of(tmp_path / "python")
