"""What somebody accepted, for a reason and until a day."""

from datetime import date
from pathlib import Path

import pytest

from buckler.advisories.baseline import read
from buckler.advisories.flaws import merged
from buckler.advisories.packages import InputRefused, Unaudited
from tests.advisories.made import flaw

ENTRY = """
[[accepted]]
id = "ghsa-1"
package = "Shape"
reason = "not reached"
until = 2026-12-31

[[unaudited]]
package = "Our_Own"
reason = "ours"
until = 2026-12-31
"""


def written(folder: Path, text: str) -> Path:
    (folder / "baseline.toml").write_text(text)
    return folder / "baseline.toml"


def test_an_entry_is_about_a_flaw_by_any_of_its_names(tmp_path: Path) -> None:
    """And about one package where it says so. Names are compared as people write them."""
    baseline = read(written(tmp_path, ENTRY))
    (entry,), (unaudited,) = baseline.accepted, baseline.unaudited
    (mine, other) = merged([flaw("CVE-1", "GHSA-1", package="shape"), flaw("CVE-1", "GHSA-1", package="solid")])
    assert entry.covers(mine)
    assert not entry.covers(other)
    assert entry.until == date(2026, 12, 31)
    assert unaudited.covers(Unaudited("our-own", "1", "because"))
    assert (entry.told(), unaudited.told()) == ("ghsa-1 of Shape", "Our_Own, unaudited")


def test_what_is_accepted_does_not_cover_malice_that_claims_its_name(tmp_path: Path) -> None:
    """A package that was taken over is another matter than the flaw whose name its record carries."""
    (entry,) = read(written(tmp_path, ENTRY)).accepted
    (worse,) = merged([flaw("MAL-2026-9", "GHSA-1", package="shape")])
    assert not entry.covers(worse)
    apart = merged([flaw("GHSA-1", package="shape"), flaw("MAL-2026-9", "GHSA-1", package="shape")])
    assert [entry.covers(each) for each in apart].count(True) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ENTRY.replace('reason = "not reached"\n', ""), "accepted.1.reason: Field required"),
        (ENTRY.replace("not reached", "  "), "accepted.1.reason: String should have at least 1 character"),
        (ENTRY.replace("until = 2026-12-31\n\n[", "\n["), "accepted.1.until: Field required"),
        (ENTRY.replace("until = 2026-12-31", 'until = "soon"', 1), "accepted.1.until"),
        (ENTRY.replace('id = "ghsa-1"\n', ""), "accepted.1.id: Field required"),
        (ENTRY.replace("until = 2026-12-31\n\n[", 'until = 2026-12-31\nbecuase = "x"\n\n['), "accepted.1.becuase"),
        (ENTRY.replace("[[accepted]]", "[[ignored]]"), "ignored: Extra inputs"),
        (ENTRY.replace('reason = "ours"\n', ""), "unaudited.1.reason"),
        ("id = ", "is not TOML"),
        ("id = " + "[" * 100_000, "is not TOML"),
        ("id = " + "9" * 5000, "is not TOML"),
    ],
)
def test_an_entry_that_lacks_its_reason_or_its_day_accepts_nothing(tmp_path: Path, text: str, why: str) -> None:
    """The whole file is refused, with the number of the entry and what one needs."""
    with pytest.raises(InputRefused) as refused:
        read(written(tmp_path, text))
    assert why in str(refused.value)
    assert "has an id, a reason and a last day" in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        read(tmp_path / "gone.toml")


def test_a_reason_is_told_whole_and_on_one_line(tmp_path: Path) -> None:
    """Whoever proposes an entry writes nothing else into a report."""
    reason = '"""\nit is\n# not reached \\u001b[31m\u202e """'
    (entry,) = read(written(tmp_path, ENTRY.replace('"not reached"', reason))).accepted
    assert entry.reason == r"it is # not reached \u001b[31m\u202e"
    long = "because " * 99
    (entry,) = read(written(tmp_path, ENTRY.replace("not reached", long))).accepted
    assert entry.reason == long.strip()
