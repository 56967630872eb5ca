"""Each defence of the edge and the guard is needed: without it, and it alone, its attack succeeds.

Every attack runs on an app that was just started and on one that has had the same request before.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI, WebSocket
from starlette.responses import PlainTextResponse

from buckler import Buckler, Limit, Principal, Public, Requires, Settings
from tests.clocks import FakeClock
from tests.proof import two_sided_async
from tests.stage import DebuggedLater, development, people_with_browsers, production
from tests.twins.twin import Roster, Twin
from tests.wire import ask


class Interrupts:
    """A middleware of the app that answers one path by itself."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/interrupted":
            await PlainTextResponse("not meant for you")(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def make_app() -> FastAPI:
    app = DebuggedLater()
    app.add_middleware(Interrupts)

    @app.get("/health", dependencies=[Public("liveness")])
    async def health() -> str:
        return "ok"

    @app.get("/report")
    async def report(_: Annotated[Principal, Requires("a:x")]) -> str:
        return "the report"

    @app.get("/mine/{rest:path}")
    async def mine(rest: str, _: Annotated[Principal, Requires()]) -> str:
        return "the report"

    @app.get("/polled", dependencies=[Public("a test"), Limit("2/minute")])
    async def polled() -> str:
        return "ok"

    @app.get("/drawn", dependencies=[Requires(), Limit("2/minute")])
    async def drawn() -> str:
        return "ok"

    @app.get("/shut/report", dependencies=[Public("a proxy in front keeps it for itself")])
    async def shut() -> str:
        return "not for you"

    @app.post("/body", dependencies=[Public("a test")])
    async def body(number: Annotated[int, Body()]) -> int:
        return number

    @app.get("/crash", dependencies=[Public("a test")])
    async def crash() -> None:
        raise RuntimeError("the inside")

    _add_what_browsers_reach(app)
    return app


def _add_what_browsers_reach(app: FastAPI) -> None:
    @app.post("/signing-in", dependencies=[Public("whoever signs in has no session yet")])
    async def signing_in() -> str:
        return "signed in"

    @app.post("/transfer")
    async def transfer(who: Annotated[Principal, Requires()]) -> str:
        return who.name

    @app.websocket("/live")
    async def live(websocket: WebSocket, who: Annotated[Principal, Requires()]) -> None:
        await websocket.accept()
        await websocket.send_text(who.name)
        await websocket.close()


def whole(settings: Settings) -> FastAPI:
    app = make_app()
    Buckler(app, settings=settings, authenticator=people_with_browsers(), clock=FakeClock())
    return app


def twin(settings: Settings, without: str) -> FastAPI:
    app = make_app()
    Twin(app, without=without, settings=settings, authenticator=people_with_browsers(), clock=FakeClock())
    return app


async def prove(name: str, attack: Callable[[FastAPI], Awaitable[bool]], settings: Settings | None = None) -> None:
    """The attack succeeds without the defence `name` and fails with it, cold and warm."""
    chosen = settings or production()

    async def cold(make: Callable[[], FastAPI]) -> bool:
        return await attack(make())

    async def warm(make: Callable[[], FastAPI]) -> bool:
        app = make()
        for caller in (None, "alice"):
            await ask(app, "GET", "/report", token=caller)
        await attack(app)
        return await attack(app)

    for run in (cold, warm):
        await two_sided_async(run, whole=lambda: whole(chosen), twin=lambda: twin(chosen, name))


async def test_loopback() -> None:
    """Another machine reaches an app in development."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/health", client=("203.0.113.9", 1), scheme="http", host="localhost")
        return answer.status == 200

    await prove("loopback", attack, development())


async def test_host() -> None:
    """A request for a host of the attacker's choice is answered."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/health", host="evil.test")).status == 200

    await prove("host", attack)


@pytest.mark.asvs("4.1.2", "12.2.1")
async def test_scheme() -> None:
    """A token crosses the network in clear and is answered as if nothing were wrong."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "GET", "/report", token="alice", scheme="http")).body == b'"the report"'

    await prove("scheme", attack)


async def test_sizes() -> None:
    """A body of any size is read to its end."""

    async def attack(app: FastAPI) -> bool:
        return (await ask(app, "POST", "/body", body=chunks())).bytes_read == 100_000

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    await prove("sizes", attack, production(max_body_bytes=1000))


async def test_credential() -> None:
    """Of two credentials one is chosen, and the sender cannot know which."""

    async def attack(app: FastAPI) -> bool:
        other = [("authorization", "Bearer bob")]
        return (await ask(app, "GET", "/report", token="alice", headers=other)).status == 200

    await prove("credential", attack)


async def test_authentication() -> None:
    """One account, coming from many addresses, is never held to the limit that holds for it."""

    async def attack(app: FastAPI) -> bool:
        clients = [(f"10.0.0.{number}", 1) for number in range(3)]
        return 429 not in [(await ask(app, "GET", "/drawn", token="alice", client=each)).status for each in clients]

    await prove("authentication", attack)


@pytest.mark.asvs("2.4.1")
async def test_failed_checks() -> None:
    """Each guess at a token is looked at, however many there were before."""

    async def attack(app: FastAPI) -> bool:
        return [(await ask(app, "GET", "/report", token=f"guess-{number}")).status for number in range(5)] == [401] * 5

    await prove("failed-checks", attack, production(failed_checks_limit="3/minute"))


@pytest.mark.asvs("2.4.1")
async def test_limits() -> None:
    """A client asks as often as it likes."""

    async def attack(app: FastAPI) -> bool:
        return [(await ask(app, "GET", "/polled")).status for _ in range(3)] == [200] * 3

    await prove("limits", attack)


@pytest.mark.asvs("8.2.1", "8.3.1")
async def test_requirements() -> None:
    """A stranger, or somebody without the right, reads what needs one."""

    async def attack(app: FastAPI) -> bool:
        stranger = await ask(app, "GET", "/report")
        other = await ask(app, "GET", "/report", token="carol")
        return b"the report" in stranger.body or b"the report" in other.body

    await prove("requirements", attack)


@pytest.mark.asvs("8.2.1", "16.5.3")
async def test_exit_gate() -> None:
    """A middleware answers before any declaration was asked."""

    async def attack(app: FastAPI) -> bool:
        return b"not meant for you" in (await ask(app, "GET", "/interrupted")).body

    await prove("exit-gate", attack)


@pytest.mark.asvs("13.4.2", "16.5.1", "16.5.4")
async def test_safe_errors() -> None:
    """A crash in debug mode shows source and values."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/crash", headers=[("accept", "text/html")])
        return b"the inside" in answer.body

    await prove("safe-errors", attack)


@pytest.mark.asvs("16.5.1")
async def test_safe_errors_of_input() -> None:
    """A request that does not fit is sent back to whoever sent it, or had it sent."""

    async def attack(app: FastAPI) -> bool:
        return b"CANARY" in (await ask(app, "POST", "/body", json_body="CANARY")).body

    await prove("safe-errors", attack)


HEADERS = {
    "3.2.1": ("content-security-policy", "default-src 'none'"),
    "3.4.1": ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    "3.4.4": ("x-content-type-options", "nosniff"),
    "3.4.5": ("referrer-policy", "no-referrer"),
    "3.4.6": ("content-security-policy", "frame-ancestors 'none'"),
    "3.4.8": ("cross-origin-opener-policy", "same-origin"),
    "14.2.2": ("cache-control", "no-store"),
    "14.3.2": ("cache-control", "no-store"),
}


@pytest.mark.parametrize(
    ("field", "value"),
    [pytest.param(*pair, marks=pytest.mark.asvs(claim), id=claim) for claim, pair in HEADERS.items()],
)
async def test_headers(field: str, value: str) -> None:
    """A browser is told nothing about how to treat a signed-in caller's answer."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/report", token="alice")
        return answer.status == 200 and value not in (answer.header(field) or "")

    await prove("headers", attack)


@pytest.mark.asvs("14.2.5")
@pytest.mark.parametrize("path", ["/mine/style.css", "/mine/logo.png", "/mine/a;.js"])
async def test_headers_of_a_path_that_looks_like_a_file(path: str) -> None:
    """A cache that goes by the ending of a path keeps the answer of whoever was led there, for everybody."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", path, token="alice")
        return b"the report" in answer.body and "no-store" not in (answer.header("cache-control") or "")

    await prove("headers", attack)


@pytest.mark.asvs("8.4.2")
async def test_requirements_of_somebody_on_the_machine_itself() -> None:
    """A reader who reached the inner network, or the machine, asks for what only some may."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", "/report", token="carol", scheme="http", host="localhost")
        return b"the report" in answer.body

    await prove("requirements", attack, development())


def twin_tests(file: Path) -> set[str]:
    """The names of the defences that the tests of `file` leave out."""
    return set(re.findall(r"\bprove\w*\(\s*\"([a-z-]+)\"", file.read_text(encoding="utf-8")))


def all_twin_tests() -> set[str]:
    """The same of every file here but those whose defences only some apps have: each of these has a list of its own."""
    files = set(Path(__file__).parent.glob("test_*.py"))
    own = {Path(__file__).with_name(f"test_{kind}_twins.py") for kind in ("account", "issuer")}
    assert own <= files
    return set[str]().union(*(twin_tests(each) for each in files - own))


@pytest.mark.parametrize("settings", [production(), development()], ids=["production", "development"])
def test_every_defence_has_a_twin(settings: Settings) -> None:
    """A defence that is composed and that no test leaves out is a claim without proof."""
    names = Roster(make_app(), settings=settings, authenticator=people_with_browsers()).names
    assert len(names) == len(set(names))
    assert set(names) <= all_twin_tests()


def test_no_twin_test_is_of_a_defence_that_is_gone() -> None:
    composed: set[str] = set()
    for settings in (production(), development()):
        composed.update(Roster(make_app(), settings=settings, authenticator=people_with_browsers()).names)
    assert all_twin_tests() == composed


def test_a_twin_without_a_defence_that_is_not_there_fails_loudly() -> None:
    """A misspelt name would prove nothing, silently."""
    with pytest.raises(AssertionError, match="no defence is named 'hosst'"):
        twin(production(), "hosst")


async def test_no_setting_and_no_public_name_leaves_one_out() -> None:
    """The installer takes no list of defences, and the twin's own answers stay right but for its attack."""
    assert "without" not in Settings.model_fields
    assert not any("defence" in name for name in Settings.model_fields)
    with pytest.raises(TypeError):
        Buckler(make_app(), settings=production(), without="host")  # type: ignore[call-arg]
    app = twin(production(), "host")
    assert (await ask(app, "GET", "/report")).status == 401
    assert (await ask(app, "GET", "/report", token="alice")).status == 200
