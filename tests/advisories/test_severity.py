"""How grave a flaw is."""

import pytest

from buckler.advisories.severity import LEVELS, base_score, counts, gravest, level_of

# What the National Vulnerability Database shows for these vectors.
SCORES = {
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H": 9.8,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H": 10.0,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N": 9.1,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H": 7.5,
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N": 6.5,
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:U/C:N/I:H/A:H": 6.6,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N": 6.1,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L": 5.3,
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N": 3.7,
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N": 0.0,
}


@pytest.mark.parametrize(("vector", "score"), SCORES.items())
def test_the_base_score_is_that_of_the_standard(vector: str, score: float) -> None:
    """Further metrics behind it change nothing."""
    assert base_score(vector) == score
    assert base_score(f"{vector}/E:P/RL:O") == score


@pytest.mark.parametrize(
    "vector",
    ["", "7.5", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", "CVSS:3.1/AV:N", "CVSS:3.1/AV:X/"],
)
def test_what_is_no_such_vector_has_no_score(vector: str) -> None:
    assert base_score(vector) is None


def test_the_word_of_the_reviewer_stands_before_the_score() -> None:
    """They have seen more than the vector; a word that is none counts for nothing."""
    high = next(iter(SCORES))
    assert level_of("MODERATE", [high]) == "medium"
    assert level_of("dreadful", [high]) == "critical"
    assert level_of(None, ["", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N"]) == "low"
    assert level_of(None, []) == "unknown"


def test_the_unknown_counts_as_the_gravest_and_is_called_so_by_nobody() -> None:
    """It may be: fail closed. Where another source knows, that is what is told."""
    assert counts("unknown", "critical")
    assert [level for level in LEVELS if counts(level, "high")] == ["unknown", "high", "critical"]
    assert gravest(["unknown", "low"]) == "low"
