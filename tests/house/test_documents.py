"""Every block of every document does what its page says."""

from pathlib import Path

import pytest

from tests.cli.started import can_be_ready, ready
from tests.house.documents import Block, blocks, broken_links, documents, orphans
from tests.house.page import BlockError, Page, opened
from tests.house.refusals import refusals, rows
from tests.house.tree import ROOT

PAGES = [path.relative_to(ROOT).as_posix() for path in documents(ROOT)]
_LONG = ("docs/moving/", "docs/start/drill.md")
"""Pages on which whole services and drills are run."""

SERVER = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def root() -> str:
    return "here"
"""


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.heavy) if page.startswith(_LONG) else page for page in PAGES]
)
def test_every_block_runs(page: str, tmp_path: Path) -> None:
    """In the order of the page, each with what the earlier ones left behind."""
    failures: list[str] = []
    # What nobody has read before is run by the command itself, all else by one that has nothing to import.
    with opened(tmp_path, *([ready().folder] if page != "README.md" and can_be_ready() else [])) as run:
        for block in blocks((ROOT / page).read_text(encoding="utf-8")):
            try:
                run.run(block)
            except (BlockError, AssertionError) as failure:
                failures.append(f"{page}:{block.line}: {failure}")
    assert not failures, "\n\n".join(failures)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """Links to our own files, that is; no test asks the network."""
    assert broken_links(ROOT / page) == []


def test_every_page_is_linked_from_another() -> None:
    """What nothing leads to is read by nobody."""
    assert orphans(ROOT) == []


def test_the_page_of_refusals_names_each_with_its_file() -> None:
    """A code that a client meets leads to the line that made it."""
    assert rows((ROOT / "docs/start/refusals.md").read_text(encoding="utf-8")) == refusals(ROOT / "src/buckler")


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (Block(1, "python", "import nothing_of_that_name"), "ModuleNotFoundError"),
        (Block(1, "python", "1 + 1", {"raises": "ValueError"}), "does not raise ValueError"),
        (Block(1, "python", "raise KeyError", {"raises": "ValueError"}), "does not raise ValueError"),
        (Block(1, "python", "def test_it():\n    assert False"), "1 failed"),
        (
            Block(
                1,
                "python",
                "from contextlib import asynccontextmanager\n"
                "from fastapi import FastAPI\n"
                "@asynccontextmanager\n"
                "async def refuse(app):\n"
                "    raise RuntimeError('this start is refused')\n"
                "    yield\n"
                "app = FastAPI(lifespan=refuse)\n",
            ),
            "this start is refused",
        ),
        (Block(1, "sh", "false\ntrue"), "exit 1"),
        (Block(1, "sh", 'echo "$undefined"'), "undefined"),
        (Block(1, "sh", "echo ends at once", {"serve": ""}), "the server ended"),
        (Block(1, "console", "$ echo here\nthere"), "there"),
        (Block(1, "json", "{'a': 1}"), "not json"),
        (Block(1, "toml", "a = "), "not toml"),
        (Block(1, "", "text"), "no language"),
        (Block(1, "fortran", "END"), "fortran"),
        (Block(1, "sh", "false", {"skip": ""}), "needs a value"),
        (Block(1, "json", "{}", {"serve": ""}), "means nothing"),
        (Block(1, "python", "", {"env": "nowhere"}), "there is no such environment"),
        (Block(1, "python", "", {"continues": "yes"}), "takes no value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_block_that_fails_is_found(tmp_path: Path, block: Block, why: str) -> None:
    """Each kind in its own way."""
    with opened(tmp_path) as page, pytest.raises(BlockError, match=why):
        page.run(block)


def test_a_block_that_raises_what_its_page_says_passes(tmp_path: Path) -> None:
    """Pages may show what does not start."""
    with opened(tmp_path) as page:
        page.run(Block(1, "python", "raise ValueError('no')", {"raises": "ValueError"}))


def test_blocks_of_a_page_build_on_each_other(tmp_path: Path) -> None:
    """A program continues, a file is read by a later block, and a service answers until the page ends."""
    with opened(tmp_path) as page:
        page.run(Block(1, "python", "x = 1\n"))
        page.run(Block(2, "python", "assert x == 1\n", {"continues": ""}))
        page.run(Block(3, "python", SERVER, {"file": "app.py"}))
        page.run(Block(4, "sh", "uvicorn app:app --port 8000", {"serve": ""}))
        page.run(Block(5, "console", "$ curl -sS http://localhost:8000/\n" + '"here"'))
        server = page.server
    assert server is not None
    assert server.poll() is not None


def test_a_page_names_the_usual_ports_and_runs_at_free_ones(tmp_path: Path) -> None:
    """However the page names them, so that pages can run side by side."""
    page = Page(tmp_path, port=1111, http_port=2222)
    shown = {
        "make serve PORT=9443 HTTP_PORT=9080": "make serve PORT=1111 HTTP_PORT=2222",
        "buckler serve": "buckler serve --port 1111 --http-port 2222",
        "buckler serve main:app --port 443": "buckler serve main:app --port 1111",
        "curl https://localhost:8443/health": "curl https://localhost:1111/health",
        "curl -i http://127.0.0.1:8080/": "curl -i http://127.0.0.1:2222/",
        "curl http://127.0.0.1:8000/": "curl http://127.0.0.1:1111/",
    }
    assert [page.at_our_ports(text) for text in shown] == list(shown.values())


def test_blocks_are_read_with_their_attributes() -> None:
    """Fences may be indented, longer than three, and hold fences."""
    text = 'Words\n\n```sh skip="not here" root\ntrue\n```\n1. Item\n   ````text\n   ```\n   ````\n'
    assert list(blocks(text)) == [
        Block(3, "sh", "true\n", {"skip": "not here", "root": ""}),
        Block(7, "text", "```\n"),
    ]


def test_a_block_that_is_never_closed_is_found() -> None:
    """Renderers disagree on what it is."""
    with pytest.raises(ValueError, match="line 1: the block is never closed"):
        list(blocks("```python\nx = 1\n"))


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """Links out of the house are not asked."""
    page = tmp_path / "page.md"
    page.write_text("[a](page.md) [b](missing.md#part) [c](https://example.com/x) [d](#part)")
    assert broken_links(page) == ["missing.md"]


def test_a_page_that_nothing_links_is_found(tmp_path: Path) -> None:
    """A link to itself does not count."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[a](docs/found.md)")
    (tmp_path / "docs" / "found.md").write_text("[readme](../README.md)")
    (tmp_path / "docs" / "lost.md").write_text("[itself](lost.md)")
    assert orphans(tmp_path) == ["docs/lost.md"]


def test_refusals_are_found_however_their_code_is_written(tmp_path: Path) -> None:
    """As a text, by a name, put together; a copy is none of its own."""
    (tmp_path / "a.py").write_text('CODE: str = "b"\nRefusal(400, "a", "")\nRefusal(413, CODE, "")\n')
    (tmp_path / "b.py").write_text('Refusal(422, f"c-{x}", "")\nRefusal(422, UNKNOWN, "")\n')
    (tmp_path / "c.py").write_text('Refusal(self.status, self.code, "")\n')
    assert refusals(tmp_path) == ({("a", 400, "a.py"), ("b", 413, "a.py")}, {"b.py"})
