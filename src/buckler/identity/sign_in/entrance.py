"""From a name and a password to a session: what every door where somebody signs in has in common.

The password is tried, the device is known from then on, and a session begins: with tokens for a client that keeps
them, with a cookie for a browser.
"""

from dataclasses import dataclass, field

from buckler.asgi import Exchange
from buckler.errors import BucklerError
from buckler.identity.account_store import AccountChanged
from buckler.identity.sessions.browser_sessions import BrowserSessions, CookieSession
from buckler.identity.sessions.callers import Callers
from buckler.identity.sessions.sessions import Begun, Sessions
from buckler.identity.sign_in.devices import Device
from buckler.identity.sign_in.sign_in import Proved, SignIn, SignInFailed


class NothingGranted(BucklerError):
    """The account has nothing of the scope that was asked for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody tries to sign in with."""

    name: str
    password: str = field(repr=False)
    device: str | None = field(default=None, repr=False)
    """The token of a device from which somebody signed in before."""
    code: str | None = field(default=None, repr=False)
    """What was mailed, where that was asked for."""
    scope: frozenset[str] | None = None
    """What the tokens shall be good for; None for all that the account may."""


@dataclass(frozen=True, slots=True)
class CameIn:
    """A sign-in that is complete, for a client that keeps tokens."""

    begun: Begun
    device: Device | None
    scope: str | None
    """What was granted of the scope that was asked for; None where none was."""


@dataclass(frozen=True, slots=True)
class CameInByBrowser:
    """A sign-in that is complete, for a browser."""

    session: CookieSession
    device: Device | None


class Entrance:
    """Lets people in."""

    def __init__(self, sign_in: SignIn, sessions: Sessions, browser: BrowserSessions, callers: Callers) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._browser = browser
        self._callers = callers

    async def come_in(self, tried: Tried, exchange: Exchange | None) -> CameIn:
        """A session with tokens.

        Raises `Throttled`, `CodeRequired` or `Busy` before any hashing, `SignInFailed` and `NothingGranted` after it.
        """
        proved = await self._prove(tried, exchange)
        granted = None if tried.scope is None else " ".join(sorted(self._callers.granted(proved.account, tried.scope)))
        if granted == "":
            self._sign_in.refuse_scope(proved.account, exchange)
            raise NothingGranted("The account has nothing of this scope.")
        device, device_id = await self._known_from_now(proved, exchange)
        try:
            begun = await self._sessions.begin(
                proved.account, exchange, scope=granted, device_id=device_id, signed_in=True
            )
        except AccountChanged as error:
            raise SignInFailed("Name or password is wrong.") from error
        return CameIn(begun, device, granted)

    async def come_in_by_browser(self, tried: Tried, exchange: Exchange | None) -> CameInByBrowser:
        """A session with a cookie. Raises as `come_in` does."""
        proved = await self._prove(tried, exchange)
        device, device_id = await self._known_from_now(proved, exchange)
        try:
            session = await self._browser.begin(proved.account, exchange, device_id=device_id, signed_in=True)
        except AccountChanged as error:
            raise SignInFailed("Name or password is wrong.") from error
        return CameInByBrowser(session, device)

    async def _prove(self, tried: Tried, exchange: Exchange | None) -> Proved:
        return await self._sign_in.check(tried.name, tried.password, exchange, device=tried.device, code=tried.code)

    async def _known_from_now(self, proved: Proved, exchange: Exchange | None) -> tuple[Device | None, str | None]:
        device = await self._sign_in.complete(proved, exchange)
        return device, device.id if device is not None else None
