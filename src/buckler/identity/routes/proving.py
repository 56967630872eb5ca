"""The password of whoever is signed in, asked for once more (ASVS 7.5.1, 7.5.3).

What could make an administrator, roles and invitations, needs it from callers by cookie: a browser that was left open,
and whoever stole its session, have the cookie alone. A client that holds a bearer token is asked for none: no page and
nobody who sits down at a browser comes by it, and scripts have no password.
"""

from typing import Final

from buckler.access.callers.session_cookie import credential_cookie
from buckler.access.declarations.declaration import Limitation
from buckler.access.declarations.declaring import Declared, Limit
from buckler.asgi import Exchange
from buckler.errors import Refusal
from buckler.identity.opened import Opened
from buckler.input.passwords import Password
from buckler.principal import Principal
from buckler.refused import Refused

_MOST: Final = (("10/minute", "buckler-own-password"), ("50/day", "buckler-own-password-day"))
PROVING: Final = tuple(Limit(rate, name=name, told=False, by="account") for rate, name in _MOST)
"""How often a password of one's own may be tried, wherever it is asked for: API and console count in one budget."""
PROVING_BY_COOKIE: Final = tuple(
    Declared(Limitation(each.dependency.budget, 1, each.dependency.where, told=False, by_cookie=True))
    for each in PROVING
    if isinstance(each.dependency, Limitation)
)
"""The same budget, where callers by cookie alone are asked for it."""
_UNSAID: Final = Refusal(
    403, "password-refused", "In a browser this needs the password of your account: send it as `password`.", event=None
)


async def prove_in_browser(
    opened: Opened, who: Principal, password: Password | None, exchange: Exchange | None
) -> None:
    """Have a caller by cookie prove itself. Raises `Refused`, and what `OwnPassword.prove` raises."""
    if exchange is not None and credential_cookie(exchange) is None:
        return
    if password is None:
        raise Refused(_UNSAID)
    await opened.own_password.prove(who.id, password.reveal(), exchange, who.account_version)
