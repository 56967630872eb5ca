"""Lines of requirements that lead elsewhere, as pip reads them."""

from pathlib import Path

import pytest

from buckler.advisories.judgement import askable
from buckler.advisories.packages import Inventory
from buckler.advisories.requirement_lines import packages_of

INDEX = "https://user:secret@index.example/simple"
ELSEWHERE = "it may come from an index that is not PyPI"


def why_not(folder: Path, *lines: str) -> str:
    """Of the package that is pinned among these lines."""
    found = [each for each in packages_of("\n".join(lines), folder) if each.version]
    assert [(each.name, each.version) for each in found] == [("shape", "1.0")]
    assert "secret" not in repr(found)
    return found[0].apart


@pytest.mark.parametrize(
    "line",
    [
        f"--index-url {INDEX}",
        f"--index-url={INDEX}",
        f"-i {INDEX}",
        f"-i{INDEX}",
        f"--extra-index-url {INDEX}",
        f"--extra-i {INDEX}",
        f"--pypi-url {INDEX}",
        f"--find-links '{INDEX}'",
        "-f wheels",
        "--no-index",
        f"--pre --index-url {INDEX}",
        f"--trusted-host index.example -i {INDEX}",
        f"--pre \\\n  --extra-index-url {INDEX}",
        "--index-url ${INDEX}",
        "--index-url https://pypi.org.example/simple",
        "--index-url",
        f"-r other.txt --index-url {INDEX}",
        f"--something-new {INDEX}",
        f"--index-url '{INDEX}",
        f"--extra {INDEX}",
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_an_index_of_one_s_own_leaves_all_unaudited(tmp_path: Path, line: str, is_first: bool) -> None:
    """However its option is written, wherever it stands, and where it is not known what it means."""
    (tmp_path / "other.txt").write_text("# nothing\n")
    lines = ("shape==1.0", line)
    assert why_not(tmp_path, *(reversed(lines) if is_first else lines)).startswith(ELSEWHERE)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://pypi.org/simple",
        "--index-url=https://pypi.org/simple/",
        "-i   https://pypi.org/simple",
        "-ihttps://pypi.org/simple",
        "--pre --prefer-binary --require-hashes",
        "--no-binary :none:",
        "--only-binary=:all:",
        "# --index-url https://index.example/simple",
    ],
)
def test_the_index_itself_and_what_names_none_leave_all_to_be_asked(tmp_path: Path, line: str) -> None:
    """An audit that leaves out everything helps nobody."""
    assert why_not(tmp_path, line, "shape==1.0") == ""


@pytest.mark.parametrize("option", ["-r other/a.txt", "-rother/a.txt", "--requirement=other/a.txt", "-c other/a.txt"])
def test_an_index_of_a_file_that_is_named_counts_too(tmp_path: Path, option: str) -> None:
    """Also of one that is named there; one that names itself is read once."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("-r b.txt\n-c a.txt\n")
    (tmp_path / "other" / "b.txt").write_text("solid==1.0\n")
    assert why_not(tmp_path, option, "shape==1.0") == ""
    (tmp_path / "other" / "b.txt").write_text(f"solid==1.0\n-i {INDEX}\n")
    assert why_not(tmp_path, option, "shape==1.0") == ELSEWHERE


@pytest.mark.parametrize("other", ["gone.txt", "https://example.com/r.txt", ".", "binary.txt", "long.txt", ""])
def test_a_file_that_cannot_be_read_may_name_an_index(tmp_path: Path, other: str) -> None:
    """Nobody can say."""
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe")
    with (tmp_path / "long.txt").open("wb") as long:
        long.truncate((64 << 20) + 1)
    assert why_not(tmp_path, f"-c {other}", "shape==1.0").endswith("a file that is named beside it cannot be read")


@pytest.mark.parametrize(
    "line",
    [
        "shape==1.0.dev",
        "shape==1!2.0",
        "shape===1.0",
        "shape==1.0+local",
        "shape[extra]==1.0; python_version > '3' and (os_name == 'nt' or extra == 'x')",
    ],
)
def test_odd_versions_and_markers_are_read(tmp_path: Path, line: str) -> None:
    """As PEP 440 and PEP 508 have them."""
    packages, missing = askable(Inventory("a test", tuple(packages_of(line, tmp_path))))
    assert ([each.name for each in packages], missing) == (["shape"], [])


@pytest.mark.parametrize(
    "line",
    [
        "shape===2004-x7",
        "shape===" + "9" * 5000,
        "shape==1.0; " + "(" * 5000 + "os_name == 'nt'" + ")" * 5000,
        "shape==1.0; nothing > '3'",
        "shape==1.0 -i https://index.example/simple",
        "shape==${VERSION}",
        "shape @ file:///shape",
        "../shape",
        "shape==1.0\x00",
    ],
)
def test_what_is_no_requirement_of_one_version_is_not_asked_about(tmp_path: Path, line: str) -> None:
    """And is told."""
    packages, missing = askable(Inventory("a test", tuple(packages_of(line, tmp_path))))
    assert (packages, len(missing)) == ([], 1)
