"""The page of standards tells what was proved, no more."""

from pathlib import Path

import pytest

from tests.house.evidence import Result
from tests.house.requirements import CHAPTERS, named_in, requirements
from tests.house.standards import explanations, judge, render
from tests.house.tree import ROOT, run_pytest

SOUND = """
import pytest
from tests.proof import two_sided, two_sided_async

@pytest.mark.asvs("9.1.1")
def test_seen_from_both_sides():
    two_sided(lambda succeeds: succeeds, whole=False, twin=True)

@pytest.mark.asvs("9.1.2")
async def test_seen_from_both_sides_while_waiting():
    async def attack(succeeds):
        return succeeds
    await two_sided_async(attack, whole=False, twin=True)
"""

UNSOUND = {
    "9.1.3": ("pass", "ASVS 9.1.3: claimed, but no passed test showed both sides"),
    "9.2.1": ("two_sided(lambda it: it, whole=True, twin=True)", "the defence did not stop it"),
    "9.2.2": ("two_sided(lambda it: it, whole=False, twin=False)", "it proves nothing"),
    "9.2.3": ("two_sided(lambda it: None, whole=False, twin=True)", "answered None on the twin"),
    "9.2.4": ("two_sided_async(lambda it: it, whole=False, twin=True).close()", "ASVS 9.2.4: claimed"),
    "7.1.1": ("pytest.skip('no browser')", "ASVS 7.1.1: claimed"),
    "99.1.1": ("pass", "has no requirement '99.1.1'"),
    "17.1.1": ("pass", "is out of scope"),
    "2.1.2": ("pass", "is explained in the docs"),
}
"""The body of a test that claims the id, and what the run says of it."""


def judge_tests(folder: Path, tests: str, *options: str) -> tuple[int, str]:
    """The exit code and output of a run over `tests` with our plugin."""
    (folder / "test_claims.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nmarkers = asvs\n")
    options = ("-p", "tests.house.evidence", "--evidence", str(folder / "evidence.json"), *options)
    done = run_pytest(*options, cwd=folder, PYTHONPATH=str(ROOT))
    return done.returncode, done.stdout


def test_claims_that_were_proved_pass(tmp_path: Path) -> None:
    """Across xdist's workers, waiting or not."""
    assert judge_tests(tmp_path, SOUND, "-n", "2")[0] == 0


@pytest.fixture(scope="module")
def unsound(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run over unsound claims prints."""
    tests = [
        f'@pytest.mark.asvs("{claim}")\ndef test_{claim.replace(".", "_")}():\n    {body}\n'
        for claim, (body, _) in UNSOUND.items()
    ]
    code, output = judge_tests(tmp_path_factory.mktemp("unsound"), SOUND + "\n".join(tests))
    assert code == 1
    return output


@pytest.mark.parametrize("claim", UNSOUND)
def test_a_claim_that_is_not_sound_is_told(unsound: str, claim: str) -> None:
    """Without both sides, though its test passes or is skipped, or one that no test may make."""
    assert UNSOUND[claim][1] in unsound


def test_a_passing_test_that_proves_nothing_fails_the_run(tmp_path: Path) -> None:
    """The claim alone is at fault."""
    code, output = judge_tests(tmp_path, SOUND + '\n@pytest.mark.asvs("9.2.1")\ndef test_it(): pass\n')
    assert "3 passed" in output
    assert code == 1


def test_a_claim_that_one_test_disputes_is_not_proved() -> None:
    """Though another test showed both sides."""
    results = [Result("a", "passed", ("9.1.1",), ("attack",)), Result("b", "failed", ("9.1.1",), ())]
    assert {it.word for it in judge(results, {})} == {"not yet"}


def test_the_page_gives_each_class_its_word() -> None:
    """Enforced, checked, generated and explained are different things."""
    results = [Result("tests/a.py::test_a", "passed", ("9.1.1", "1.1.2", "2.1.1"), ("attack",))]
    statuses = {it.requirement.id: it.word for it in judge(results, {"2.1.2": "docs/rules.md"})}
    assert [statuses[it] for it in ("9.1.1", "1.1.2", "2.1.1", "2.1.2", "9.1.2")] == [
        *("proved", "checked", "generated", "explained", "not yet")
    ]


def test_the_page_holds_every_requirement_once() -> None:
    """In scope or out of it, with the deviations."""
    page = render(judge([], {}), "| a deviation |")
    assert all(page.count(f"| {it.id} |") + page.count(f"- {it.id} ") == 1 for it in requirements().values())
    assert "| a deviation |" in page
    assert len(CHAPTERS) == 17


def test_a_page_explains_what_it_names(tmp_path: Path) -> None:
    """In the form 'ASVS 2.1.2', also in lists; the written page itself and the attacks explain nothing."""
    (tmp_path / "docs" / "drill").mkdir(parents=True)
    (tmp_path / "docs" / "drill" / "attacks.md").write_text("Medium; ASVS 2.1.3")
    (tmp_path / "docs" / "rules.md").write_text("Write them down (ASVS 2.1.2, 2.3.3).")
    (tmp_path / "docs" / "standards.md").write_text("ASVS 2.2.3")
    found = explanations(tmp_path, without=tmp_path / "docs" / "standards.md")
    assert found == {"2.1.2": "docs/rules.md", "2.3.3": "docs/rules.md"}
    assert named_in("ASVS 1.2.3 and 4.5.6; 7.8.9") == {"1.2.3", "4.5.6"}
