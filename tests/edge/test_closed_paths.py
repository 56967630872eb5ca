"""Some paths of ours are for no page of another origin: it neither reads there nor signs anybody in."""

import pytest
from starlette._utils import get_route_path  # private there: this notices when the two differ

from buckler import Cors
from buckler.access.declarations.declaration import Duty
from buckler.access.guard.csrf import Csrf
from buckler.asgi import Exchange, path_below_root
from buckler.console.navigation import HOME
from buckler.edge.foreign_origins import Readers, Trust
from buckler.install_arguments import readers_of
from tests.stage import production

FRONT = "https://front.example.test"


def asking(path: str, root: str = "") -> Exchange:
    headers = [(b"host", b"api.example.test"), (b"origin", FRONT.encode())]
    at = {"path": root + path, "root_path": root}
    return Exchange({"type": "http", "method": "POST", "scheme": "https", "headers": headers, **at}, None)


def test_the_password_form_and_the_console_are_read_by_no_other_page() -> None:
    """The one is for our own documentation page; the other for its own pages, unless an origin has credentials."""
    for credentials in (False, True):
        readers = readers_of(Cors([FRONT], credentials=credentials), production(), accounts=True, console=HOME)
        for path, allowed in (
            ("/auth/token", False),
            ("/auth/sign-in", True),
            ("/console", credentials),
            ("/console/sign-in", credentials),
            ("/consoles", True),
        ):
            assert readers.may_read(FRONT.encode(), asking(path)) is allowed
            assert readers.may_read(FRONT.encode(), asking(path, "/behind")) is allowed
            assert (readers.trust_in(FRONT.encode(), path) is not Trust.NONE) is allowed


@pytest.mark.parametrize(("path", "refused"), [("/else", False), ("/console/sign-in", True), ("/auth/token", True)])
def test_nobody_else_signs_somebody_in_there(path: str, refused: bool) -> None:
    """A form needs no preflight, and its answer sets a cookie: a listed page could sign its visitor in as itself."""
    readers = Readers(Cors([FRONT]), ["/console", "/auth/token"])
    step = Csrf("https://api.example.test", b"__Host-session", readers).step_for(
        Duty(path, frozenset(("POST",)), (), True, frozenset(), ())
    )
    assert step is not None
    for root in ("", "/behind"):
        assert (step(asking(path, root)) is not None) is refused


@pytest.mark.parametrize("root", ["/c", "/con", "/consol", "/console", "/consoles", "/", "con", "/a", "/auth", ""])
@pytest.mark.parametrize("path", ["/console", "/console/sign-in", "/auth/token", "/consoles", "/x", "/", ""])
def test_the_path_is_the_one_that_the_router_looks_for(path: str, root: str) -> None:
    """What stands in front of the app is the beginning of a name otherwise, and the closed path is another one."""
    for scope in ({"path": path, "root_path": root}, {"path": root + path, "root_path": root}, {"path": path}):
        assert path_below_root(scope) == get_route_path(scope), scope


@pytest.mark.parametrize("root", ["/c", "/con", "/consol"])
def test_a_closed_path_stays_closed_behind_the_beginning_of_its_name(root: str) -> None:
    readers = Readers(Cors(["*"]), ["/console"])
    exchange = asking("/console/sign-in")
    exchange.scope["root_path"] = root
    assert not readers.may_read(FRONT.encode(), exchange)
    assert readers.trust_in(FRONT.encode(), path_below_root(exchange.scope)) is Trust.NONE
