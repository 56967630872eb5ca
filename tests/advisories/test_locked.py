"""Which packages a lock or a file of requirements names."""

from pathlib import Path

import pytest

from buckler.advisories.judgement import askable
from buckler.advisories.locked import packages_in, packages_of_files
from buckler.advisories.packages import InputRefused, Inventory, Package
from tests.house.tree import ROOT

DIGEST = "ab" * 32
UV = f"""
version = 1

[[package]]
name = "Our.App"
version = "0.1.0"
source = {{ editable = "." }}
dependencies = [{{ name = "shape" }}]

[package.optional-dependencies]
more = [{{ name = "solid" }}]

[package.dev-dependencies]
dev = [{{ name = "tool" }}]

[[package]]
name = "shape"
version = "1.0"
source = {{ registry = "https://pypi.org/simple" }}
sdist = {{ url = "https://files.pythonhosted.org/shape.tar.gz", hash = "sha256:{DIGEST}" }}
wheels = [{{ url = "https://files.pythonhosted.org/shape.whl", hash = "sha256:{"cd" * 32}" }}]

[[package]]
name = "shape"
version = "2.0"
source = {{ git = "https://user:secret@git.example/shape" }}
"""
PYLOCK = f"""
lock-version = "1.0"
created-by = "a test"

[[packages]]
name = "shape"
version = "1.0"
index = "https://index.example/simple"

[[packages.wheels]]
name = "shape-1.0-py3-none-any.whl"
url = "https://index.example/shape.whl"
hashes = {{ sha256 = "{DIGEST}" }}

[[packages]]
name = "rolling"
vcs = {{ type = "git", url = "https://git.example/rolling", commit-id = "cafe" }}

[[packages]]
name = "dynamic"
index = "https://pypi.org/simple"
"""
REQUIREMENTS = f"""
# what we run
shape==1.0 ; python_version >= "3.11" \\
    --hash=sha256:{DIGEST.upper()} \\
    --hash=md5:00
Solid_One[extra]===2.0rc1  # pinned
loose>=1.0
many==1.*
two==1.0,<2
-r other.txt
--requirement=more.txt
-c constraints.txt
--no-binary :none:
-e git+https://user:secret@git.example/x#egg=x
direct @ https://user:secret@example.com/direct.whl
https://user:secret@example.com/x.whl
"""


def read(folder: Path, name: str, text: str) -> dict[str, Package]:
    for other in ("other.txt", "more.txt", "constraints.txt"):
        (folder / other).write_text("shape==1.0\n")
    (folder / name).write_text(text)
    return {f"{each.name} {each.version}".strip(): each for each in packages_in(folder / name).packages}


def test_the_lock_of_uv_names_versions_digests_and_needs(tmp_path: Path) -> None:
    """Each with its line; what is not from an index is apart."""
    found = read(tmp_path, "uv.lock", UV)
    assert set(found) == {"our-app 0.1.0", "shape 1.0", "shape 2.0"}
    assert found["our-app 0.1.0"].apart == "it is a folder of the project"
    assert found["our-app 0.1.0"].needs == ("shape", "solid", "tool")
    assert found["shape 1.0"].hashes == (DIGEST, "cd" * 32)
    assert found["shape 1.0"].apart == ""
    assert found["shape 2.0"].apart == "it comes from a repository"
    assert UV.splitlines()[found["shape 1.0"].line - 1] == 'name = "shape"'
    assert found["shape 1.0"].file == (tmp_path / "uv.lock").as_posix()
    assert "secret" not in repr(found)


def test_a_pylock_is_read_too(tmp_path: Path) -> None:
    found = read(tmp_path, "pylock.toml", PYLOCK)
    assert found["shape 1.0"].hashes == (DIGEST,)
    assert found["rolling"].apart == "it comes from a repository"
    assert found["dynamic"].apart == "its version is not written down"


@pytest.mark.parametrize("name", ["pylock.toml", "uv.lock"])
@pytest.mark.parametrize("heads", [("[[package]]", "[[packages]]"), ("[[packages]]", "[[package]]")])
def test_a_lock_of_two_kinds_is_refused(tmp_path: Path, name: str, heads: tuple[str, str]) -> None:
    """One of its lists would be installed, and the other looked at."""
    names = zip(heads, ("harmless", "flawed"), strict=True)
    text = "".join(f'{head}\nname = "{each}"\nversion = "1.0"\n{PLACE}\n' for head, each in names)
    with pytest.raises(InputRefused, match=r"has both \[\[package\]\] and \[\[packages\]\]"):
        read(tmp_path, name, text)


PLACE = 'index = "https://pypi.org/simple"'
FILE = 'sdist = { url = "https://files.pythonhosted.org/x.tar.gz" }'


@pytest.mark.parametrize(
    ("lines", "apart"),
    [
        (PLACE, ""),
        (FILE, ""),
        (f"{PLACE}\n{FILE}", ""),
        ('source = { registry = "https://pypi.org/simple" }', ""),
        ("", "where it comes from is not written down"),
        ('source = { something = "new" }', "where it comes from is not written down"),
        ('index = ""', "it comes from an index that is not PyPI"),
        ('index = "https://pypi.org.example/simple"', "it comes from an index that is not PyPI"),
        ('index = "https://pypi.org@example.com/simple"', "it comes from an index that is not PyPI"),
        (f'{PLACE}\nsdist = {{ url = "https://example.com/x.tar.gz" }}', "it has a file that does not come from PyPI"),
        (
            f'{FILE}\nwheels = [{{ url = "https://files.pythonhosted.org.example/x.whl" }}]',
            "it has a file that does not come from PyPI",
        ),
        ('wheels = [{ path = "../x.whl" }]', "it has a file that does not come from PyPI"),
    ],
)
def test_a_lock_has_to_say_that_a_package_is_of_the_index(tmp_path: Path, lines: str, apart: str) -> None:
    """By its index and by each of its files: PyPI may have a stranger's package of the name."""
    (found,) = read(tmp_path, "pylock.toml", f'[[packages]]\nname = "shape"\nversion = "1.0"\n{lines}\n').values()
    assert found.apart == apart


def test_digests_are_taken_from_every_file_however_they_are_written(tmp_path: Path) -> None:
    """Also of an archive that was named; what is no SHA-256 is none."""
    archive = (
        f'archive = {{ url = "https://example.com/x.zip", hashes = {{ sha256 = "{DIGEST.upper()}", md5 = "00" }} }}'
    )
    (found,) = read(tmp_path, "pylock.toml", f'[[packages]]\nname = "shape"\nversion = "1.0"\n{archive}\n').values()
    assert (found.hashes, found.apart) == ((DIGEST,), "it comes from a file that was named, not from an index")


def test_a_name_or_a_version_of_several_lines_is_told_on_one(tmp_path: Path) -> None:
    """It is no name, and nothing is asked about it."""
    head = '[[packages]]\nname = "shape\\n--index-url https://index.example\\u001b[2J"\nversion = "1\\n2"\n'
    (found,) = read(tmp_path, "pylock.toml", head + PLACE).values()
    assert (found.name + found.version).isprintable()
    packages, (missing,) = askable(Inventory("a test", (found,)))
    assert (packages, missing.reason) == ([], "no index can have a package of this name")


def test_a_name_that_only_looks_like_another_is_none(tmp_path: Path) -> None:
    """The Kelvin sign becomes a k in lower case."""
    (found,) = read(tmp_path, "pylock.toml", f'[[packages]]\nname = "blac\\u212A"\nversion = "1"\n{PLACE}').values()
    assert found.name != "black"
    assert askable(Inventory("a test", (found,)))[0] == []


def test_requirements_count_where_they_name_one_version(tmp_path: Path) -> None:
    """Everything else is told as what it is, and repeats no address."""
    found = read(tmp_path, "requirements.txt", REQUIREMENTS)
    shape = found["shape 1.0"]
    assert (shape.hashes, shape.line, shape.apart) == ((DIGEST,), 3, "")
    assert found["solid-one 2.0rc1"].apart == ""
    pin = "no single version is named: pin it with =="
    assert [found[name].apart for name in ("loose", "many", "two")] == [pin] * 3
    other = "it is another file of requirements: name it with --requirements too"
    assert [found[name].apart for name in ("other.txt", "more.txt")] == [other] * 2
    assert found["direct"].apart == "it comes from a file that was named, not from an index"
    assert found["line 14"].apart == "it comes from a folder or a repository"
    assert found["line 16"].apart == "it names no package of an index"
    assert len(found) == 10
    assert "secret" not in repr(found)


def test_what_comes_from_an_index_of_one_s_own_is_not_audited(tmp_path: Path) -> None:
    """PyPI may have a stranger's package of that name, and a record of that one says nothing of this."""
    (tmp_path / "uv.lock").write_text(UV.replace("https://pypi.org/simple", "https://index.example/simple"))
    (shape,) = [each for each in packages_in(tmp_path / "uv.lock").packages if each.version == "1.0"]
    assert shape.apart == "it comes from an index that is not PyPI"


def test_several_files_are_one_inventory(tmp_path: Path) -> None:
    """With each package once."""
    for name, text in (("a.txt", "shape==1.0\n"), ("b.txt", "shape==1.0\nsolid==2.0\n")):
        (tmp_path / name).write_text(text)
    found = packages_of_files([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert [each.name for each in found.packages] == ["shape", "solid"]
    assert found.source == f"{tmp_path / 'a.txt'}, {tmp_path / 'b.txt'}"


def test_an_index_of_one_of_several_files_is_an_index_of_all(tmp_path: Path) -> None:
    """As they are installed together; a lock says itself where each of its packages comes from."""
    (tmp_path / "a.txt").write_text("--extra-index-url https://index.example/simple\nsolid==2.0\n")
    (tmp_path / "b.txt").write_text("shape==1.0\n")
    (tmp_path / "uv.lock").write_text(UV)
    files = [tmp_path / name for name in ("a.txt", "b.txt", "uv.lock")]
    found = {each.file: each.apart for each in packages_of_files(files).packages if each.version in ("1.0", "2.0")}
    assert [found[each.as_posix()] for each in files[:2]] == ["it may come from an index that is not PyPI"] * 2
    (shape,) = [each for each in packages_of_files(files[2:]).packages if each.version == "1.0"]
    assert shape.apart == ""


def test_our_own_lock_is_read_whole() -> None:
    """What the project itself is installed from."""
    found = packages_in(ROOT / "uv.lock").packages
    text = (ROOT / "uv.lock").read_text()
    assert len(found) == text.count("\n[[package]]\n")
    assert [each.name for each in found if each.apart] == ["buckler"]
    assert all(each.hashes for each in found if not each.apart)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("requirements.txt", b"# nothing\n", "names no package"),
        ("requirements.txt", b"\xff\xfe", "it is no text"),
        ("uv.lock", b"[[package]", "is no uv.lock and no pylock.toml"),
        ("uv.lock", b"package = " + b"[" * 100_000, "is no uv.lock and no pylock.toml"),
        ("uv.lock", b"package = " + b"9" * 5000, "is no uv.lock and no pylock.toml"),
        ("uv.lock", b"package = 1", "is no uv.lock and no pylock.toml"),
        ("uv.lock", b'[[package]]\nversion = "1"', "is no uv.lock and no pylock.toml"),
        ("pyproject.toml", b'[project]\nname = "x"', "names no package"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    """With what to name instead."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputRefused, match=why):
        packages_in(tmp_path / name)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputRefused, match="No such file"):
        packages_in(tmp_path / "gone.txt")
    monkeypatch.setattr("buckler.advisories.locked._MOST", 3)
    (tmp_path / "large.txt").write_text("shape==1.0\n")
    with pytest.raises(InputRefused, match="larger than a lock"):
        packages_in(tmp_path / "large.txt")
