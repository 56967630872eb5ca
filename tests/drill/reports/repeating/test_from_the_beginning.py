"""A stranger pastes what the report shows, against a server that runs, and sees what the drill saw."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest
import uvicorn

from buckler.drill.attacks.selection import select
from buckler.drill.plan.document import read_document
from buckler.drill.report import Judged, Report
from buckler.drill.reports.found import ReportedFinding, found_in
from buckler.drill.reports.repeating.coming_in import first_steps
from buckler.drill.server import drill_url
from buckler.drill.wanted import Wanted
from buckler.staging.serving import as_served
from tests.drill.reports.repeating.notes_app import by_cookie, by_token
from tests.drill.reports.samples import OBJECT, OWNED, exchange, shop

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="NO CURL: install Debian's curl")
ATTACKS = ("D103", "D104", "D110", "D605")


@contextmanager
def served(app: object) -> Iterator[str]:
    """The address of a server with this app."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))  # type: ignore[arg-type]
    sockets = [server.config.bind_socket()]
    sockets[0].listen()  # Whoever comes before the server is ready waits, and is not refused.
    running = Thread(target=server.run, args=(sockets,))
    running.start()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        running.join(timeout=30)
        sockets[0].close()


def pasted(report: Report, found: ReportedFinding) -> str:
    """What a shell prints that was given the first steps and the line."""
    lines = "\n".join((*first_steps(report, (found,)), found.curl(report)))
    said = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": "/nobody"}
    done = subprocess.run(["sh", "-eu", "-c", lines], env=said, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, lines + done.stderr
    return done.stdout


def judged_by_pytest(report: Report, found: ReportedFinding, folder: Path) -> str:
    """What pytest says of the test, with what the first steps fetched."""
    (folder / "test_found.py").write_text(found.test(report))
    lines = "\n".join((*first_steps(report, (found,)), "python -m pytest -q -p no:cacheprovider test_found.py || true"))
    said = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": "/nobody"}
    command = ["sh", "-eu", "-c", lines]
    return subprocess.run(command, env=said, cwd=folder, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.parametrize("make", [by_token, by_cookie])
async def test_what_is_shown_is_seen_again(make: type, tmp_path: Path) -> None:
    """Objects of others read and removed, documents and headers: by a shell and by pytest, with a token or a cookie."""
    app = make()
    with served(app) as base:
        wanted = Wanted(select(ATTACKS, by_url=True), 60)
        report = await drill_url(base, read_document(app.openapi()), wanted, writes=True)
        found = {each.attack.id: each for each in found_in(report.findings)}
        assert {"D103", "D110", "D605"} <= found.keys(), report.notes
        read = pasted(report, found["D103"])
        assert "drill" in read
        assert re.findall(r"^HTTP/1.1 ([0-9]+)", read, re.MULTILINE)[-1] == "200"
        assert "swagger-ui" in pasted(report, found["D110"])
        assert "nosniff" not in pasted(report, found["D605"]).lower()
        assert "1 failed" in judged_by_pytest(report, found["D110"], tmp_path)


def test_nothing_is_said_where_nothing_was_found() -> None:
    """There is nothing to see again."""
    assert first_steps(shop(), ()) == ()


def test_how_an_app_is_started_is_told() -> None:
    """By the name that it was drilled by; one that a test made has none."""
    app = by_token()
    told = as_served(shop(target="shop.main"), app)
    assert (told.start, told.origin) == ("uvicorn shop.main:app --port 8000", "http://localhost:8000")
    steps = first_steps(told, found_in(told.findings))
    assert steps[0] == "# in a window of its own: uvicorn shop.main:app --port 8000"
    assert as_served(shop(target="My Shop"), app).start == ""
    assert as_served(shop(target="shop.main:app", origin="https://shop.test"), app).origin == "https://shop.test"


def test_what_the_app_was_told_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its variables it would not start; what they hold is for no report. A function is told as one."""
    module = ModuleType("shop_of_settings")
    module.__dict__.update(create_app=by_token, app=by_token())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    said = {"SHOP_KEY": "tall-crane-83", "SHOP_URL": "sqlite:///{folder}/a.db"}
    told = as_served(shop(target="shop_of_settings:app"), by_token(), said)
    assert told.start == "SHOP_KEY=... SHOP_URL=... uvicorn shop_of_settings:app --port 8000"
    made = as_served(shop(target="shop_of_settings:create_app"), by_token())
    assert made.start == "uvicorn --factory shop_of_settings:create_app --port 8000"


def test_what_was_made_for_one_attack_is_named() -> None:
    """A token that no sign-in of the report gave is not passed over."""
    steps = first_steps(shop(), found_in(shop().findings))
    assert steps[0].startswith("# $ADA_TOKEN, $BOB_TOKEN: of an account or a session made for one attack")


def test_a_password_is_chosen_or_asked_for() -> None:
    """A new account takes any; that of an account which was there before nobody here knows."""
    sent = exchange("POST", "/login", body=b'{"name": "root", "password": "$PASSWORD_ROOT"}', answer=b'{"t": "$TOKEN"}')
    made = exchange("POST", "/register", who="anonymous", body=b'{"name": "a", "password": "$PASSWORD_NEW"}')
    finding = replace(OWNED, attacked=made, control=(sent, exchange(who="anonymous", x_token="$TOKEN")))
    names = frozenset(("PASSWORD_ROOT", "PASSWORD_NEW", "TOKEN"))
    report = shop(judged=(Judged(OBJECT, finding),), secret_names=names, entrances={"root": (sent,)})
    steps = first_steps(report, found_in(report.findings))
    assert steps[0] == "export PASSWORD_ROOT=...  # what root signs in with"
    assert steps[1].startswith('export TOKEN="$(curl -s -X POST https://localhost/login')
    assert steps[2] == "export PASSWORD_NEW=Again-correct-horse-7"
