"""What pipelines run exists: recipes, commands and their options, the plugin, images and files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from buckler.cli.program import program
from buckler.testing import drill_plugin
from tests.house.tree import ROOT

OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOR_USERS = sorted((ROOT / "docs" / "ci").glob("*.yml"))
FILES = pytest.mark.parametrize("file", [*OURS, *FOR_USERS], ids=lambda file: f"{file.parent.name}/{file.name}")
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")


def scripts(text: str) -> Iterator[str]:
    """Every script in a file of GitHub or GitLab."""
    for job in _jobs(yaml.safe_load(text)):
        yield from (step["run"] for step in job.get("steps", ()) if "run" in step)
        yield from job.get("script", ())


def _jobs(file: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    jobs = file.get("jobs", file)
    return (job for job in jobs.values() if isinstance(job, dict))


def unknown(script: str) -> list[str]:
    """Options of `buckler` and of our plugin that a script gives and nobody takes."""
    found: list[str] = []
    for command, said in re.findall(r"\bbuckler ([a-z]+)\b([^|>&;\n]*)", script):
        found += sorted(set(OPTION.findall(said)) - _options(command))
    for said in re.findall(r"\bpytest -p buckler\.testing\.drill_plugin\b([^|>&;\n]*)", script):
        found += sorted(each for each in OPTION.findall(said) if "drill" in each and each not in _of_plugin())
    return found


def _options(command: str) -> set[str]:
    commands = typer.main.get_command(program).commands  # type: ignore[attr-defined]
    taken = commands[command].params if command in commands else ()
    return {name for each in taken for name in each.opts}


def _of_plugin() -> set[str]:
    parser = pytest.Parser(_ispytest=True)
    drill_plugin.pytest_addoption(parser)
    return {name for group in parser._groups for option in group.options for name in option.names()}


@FILES
def test_every_option_is_taken(file: Path) -> None:
    """One that is renamed would fail in somebody's pipeline, and not here."""
    assert [each for script in scripts(file.read_text()) for each in unknown(script)] == []


def test_every_pipeline_for_users_runs_the_drill_or_signs_in_by_its_file() -> None:
    """Each in its own way; what it reads is named alike in all of them."""
    ran = {file.name: "\n".join(scripts(file.read_text())) for file in FOR_USERS}
    assert set(ran) == {"burp.yml", "github-actions.yml", "gitlab-ci.yml", "zap-api-scan.yml"}
    assert all("buckler drill main:app" in ran[name] for name in ("github-actions.yml", "gitlab-ci.yml"))
    assert all("python -m buckler.cli.drill.shown_credential" in ran[name] for name in ("burp.yml", "zap-api-scan.yml"))
    assert all("drill-options.toml" in said for said in ran.values())


@FILES
def test_no_secret_stands_on_a_command_line(file: Path) -> None:
    """Whoever sees the list of processes, or a log with commands, would read it."""
    assert not any("secrets." in script for script in scripts(file.read_text()))


def test_a_recipe_that_a_pipeline_runs_exists() -> None:
    """In the Makefile."""
    asked = {
        name
        for file in OURS
        for name in re.findall(r"\bmake (?:--\S+ )*([a-z-]+)", "\n".join(scripts(file.read_text())))
    }
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert asked
    assert asked <= set(known)


def test_images_name_a_version() -> None:
    """But for that of a vendor who wants the newest, which says so."""
    texts = [file.read_text() for file in (*OURS, *FOR_USERS)]
    images = {image for text in texts for image in re.findall(r"(?:image|container|IMAGE): *(.+)", text)}
    assert {each for each in images if not re.search(r":[^:]*(\d|\{\{ matrix\.)", each)} == {
        "public.ecr.aws/portswigger/enterprise-scan-container:latest"
    }


def test_an_option_that_nobody_takes_is_found() -> None:
    """Of the command, of a command that is none, and of the plugin; those of others are theirs."""
    assert unknown("buckler drill main:app --policy a --outptu b | tee --append c") == ["--outptu"]
    assert unknown("buckler dril --policy a") == ["--policy"]
    assert unknown("pytest -p buckler.testing.drill_plugin --drill a --drill-polcy b --junitxml c") == ["--drill-polcy"]
