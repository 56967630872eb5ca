"""Whether the caller may (ASVS 8.2.1; RFC 6750 section 3.1).

Unknown caller on a route that is not public: 401. Known caller without the right: 403, which
names no right that is missing; the log does.
"""

from typing import Final

from buckler.access.declarations import Duty
from buckler.access.passage import Passage, Step
from buckler.asgi import Exchange
from buckler.errors import Refusal

SIGN_IN: Final = Refusal(
    401,
    "sign-in-required",
    "Sign in first: this route needs an access token.",
    ((b"www-authenticate", b"Bearer"),),
    event="authn_token_missing",
)
FORBIDDEN: Final = Refusal(
    403,
    "forbidden",
    "This account may not do that.",
    ((b"www-authenticate", b'Bearer error="insufficient_scope"'),),
    event="authz_fail",
)


class Requirements(Passage):
    """Compares what the route needs with what the caller holds."""

    name = "requirements"

    def step_for(self, duty: Duty) -> Step | None:
        if duty.public:
            return None
        needs = duty.needs

        def step(exchange: Exchange) -> Refusal | None:
            principal = exchange.principal
            if principal is None:
                return exchange.credential_refusal or SIGN_IN
            if needs <= principal.permissions or "*" in principal.permissions:
                return None
            exchange.reason = "lacks " + " ".join(sorted(needs - principal.permissions))
            return FORBIDDEN

        return step
