"""The examples of the README and of the guides, served and called as a reader would."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.cli.running import serving

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSWORD = "vivid-heron-counts-slowly"
ALICE = "alice@example.com"


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    yield from served(tmp_path_factory.mktemp("example"), "guide")


@pytest.fixture(scope="module")
def twenty_lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    yield from served(tmp_path_factory.mktemp("example"), "twenty_lines")


def served(folder: Path, name: str) -> Iterator[httpx2.Client]:
    shutil.copy(EXAMPLES / f"{name}.py", folder)
    with serving(folder, f"{name}:app", "--environment", "development") as running, running.client() as client:
        yield client


def sign_in(client: httpx2.Client, name: str) -> dict[str, str]:
    account = {"name": name, "password": PASSWORD}
    client.post("/auth/register", json=account)
    token = client.post("/auth/sign-in", json=account).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def test_twenty_lines_do_what_they_say(twenty_lines: httpx2.Client) -> None:
    """Public health, a caller by name, a permission from the role of a fresh account, five calls a minute."""
    assert twenty_lines.get("/health").json() == "ok"
    for path in ("/me", "/reports"):
        assert twenty_lines.get(path).status_code == 401
    bob = sign_in(twenty_lines, "bob@example.com")
    assert twenty_lines.get("/reports", headers=bob).json() == ["Q3"]
    assert [twenty_lines.get("/me", headers=bob).status_code for _ in range(6)] == [200] * 5 + [429]
    assert twenty_lines.get("/me", headers=sign_in(twenty_lines, "carol@example.com")).json() == "carol@example.com"


def test_the_guide_s_names_lead_to_accounts_and_tokens(guide: httpx2.Client) -> None:
    """/register and /token send on with the body, and what they give opens the secure endpoint."""
    account = {"name": ALICE, "password": PASSWORD}
    assert guide.post("/register", json=account).status_code == 201
    form = {"username": ALICE, "password": PASSWORD, "grant_type": "password"}
    answer = guide.post("/token", data=form)
    alice = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert guide.get("/secure-endpoint", headers=alice).json() == {"message": f"Hello, {ALICE}"}
    assert guide.get("/secure-endpoint").status_code == 401


def test_the_guide_s_limit_holds_without_touching_the_signature(guide: httpx2.Client) -> None:
    """Five a minute, then 429 with the time to come back."""
    answers = [guide.get("/rate-limited-endpoint") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 1 <= int(answers[5].headers["Retry-After"]) <= 60


def test_the_guide_s_user_is_found_by_himself_alone(guide: httpx2.Client) -> None:
    """A stranger gets what a missing account gives, and injected text is only a name that nobody has."""
    alice, eve = sign_in(guide, ALICE), sign_in(guide, "eve@example.com")
    me = guide.get("/auth/me", headers=alice).json()
    assert guide.get(f"/users/{me['id']}", headers=alice).json() == {"id": me["id"], "name": ALICE}
    answers = [guide.get(f"/users/{id_}", headers=eve) for id_ in (me["id"], "0" * 32, "1 OR 1=1", "' OR ''='")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_the_examples_stay_short() -> None:
    """Twenty lines are about twenty, and the guide's are at most sixty."""
    assert len((EXAMPLES / "guide.py").read_text().splitlines()) <= 60
    code = (EXAMPLES / "twenty_lines.py").read_text().split('"""', 2)[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
