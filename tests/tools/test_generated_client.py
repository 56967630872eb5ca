"""A client that `openapi-python-client` writes from the document of the running service signs in and finds itself.

The document is what the service gives out, the generator is not told to overlook anything, and the client runs in
a process of its own that knows neither Buckler nor these tests.
"""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Running, serving

PROGRAMS = Path(sys.executable).parent
WALK = """
import ssl, sys
from written.api.accounts import me_auth_me_get as me
from written.api.accounts import own_auth_sessions_get as sessions
from written.api.accounts import logout_auth_logout_post as logout
from written.api.accounts import refresh_auth_refresh_post as refresh
from written.api.accounts import register_auth_register_post as register
from written.api.accounts import sign_in_auth_sign_in_post as sign_in
from written.api.notes import add_note_notes_post as add_note
from written.api.notes import list_notes_notes_get as list_notes
from written.client import AuthenticatedClient, Client
from written.models import Me, NewNote, Problem, Refreshing, Registering, SigningIn

base, authority = sys.argv[1:]
name, password = "client@example.com", "vivid otter plays the tuba"
asking = dict(base_url=base, verify_ssl=ssl.create_default_context(cafile=authority), raise_on_unexpected_status=True)
stranger = Client(**asking)

register.sync(client=stranger, body=Registering(name=name, password=password))
wrong = sign_in.sync(client=stranger, body=SigningIn(name=name, password="another otter plays the harp"))
assert isinstance(wrong, Problem) and wrong.status == 401, wrong
first = sign_in.sync(client=stranger, body=SigningIn(name=name, password=password))
known = AuthenticatedClient(token=first.access_token, **asking)
who = me.sync(client=known)
assert isinstance(who, Me) and who.name == name and who.roles == ["reader"], who

second = refresh.sync(client=stranger, body=Refreshing(refresh_token=first.refresh_token))
known = AuthenticatedClient(token=second.access_token, **asking)
assert me.sync(client=known) == who
found = sessions.sync(client=known).sessions
assert [each.current for each in found] == [True], found
kept = add_note.sync(client=known, body=NewNote(text="written by a program"))
found = list_notes.sync(client=known)
assert found.items == [kept], (found, kept)
ending = logout.sync_detailed(client=known)
assert ending.status_code == 204, ending
ended = me.sync(client=known)
assert isinstance(ended, Problem) and ended.status == 401, ended
print("signed in as", who.name)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("described")) as running:
        yield running


@pytest.fixture(scope="module")
def document(running: Running) -> dict[str, Any]:
    """What any client gets."""
    with running.client() as client:
        document: dict[str, Any] = client.get("/openapi.json").raise_for_status().json()
    return document


def generate(document: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """Write the client into `folder / "written"`; a warning is a failure."""
    (folder / "openapi.json").write_text(json.dumps(document))
    order = [str(PROGRAMS / "openapi-python-client"), "generate", "--path", "openapi.json", "--meta", "none"]
    order += ["--output-path", "written", "--fail-on-warning"]
    # It looks for ruff beside itself, to put what it wrote into form.
    around = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(order, cwd=folder, env=around, capture_output=True, text=True, timeout=120, check=False)


def test_a_generated_client_signs_in_and_reads_who_it_is(
    running: Running, document: dict[str, Any], tmp_path: Path
) -> None:
    """It registers, signs in, reads `/auth/me`, refreshes, keeps a note and logs out; refusals are models as well."""
    written = generate(document, tmp_path)
    assert written.returncode == 0, written.stdout + written.stderr
    order = [sys.executable, "-c", WALK, running.base, str(running.authority)]
    done = subprocess.run(order, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "signed in as client@example.com\n"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("place", "member", "value"),
    [
        (("components", "schemas", "SignedIn", "properties"), "device", {"$ref": "#/components/schemas/Nowhere"}),
        (("paths", "/auth/me", "get", "responses", "200"), "content", {"application/x-unknown": {"schema": {}}}),
    ],
)
def test_the_generator_would_tell(
    document: dict[str, Any], tmp_path: Path, place: tuple[str, ...], member: str, value: object
) -> None:
    """A document that names what is not there, or answers in what no client reads, gives a warning and no client."""
    spoilt = copy.deepcopy(document)
    target = spoilt
    for step in place:
        target = target[step]
    target[member] = value
    done = generate(spoilt, tmp_path)
    assert done.returncode != 0
    assert "arning" in done.stdout + done.stderr
