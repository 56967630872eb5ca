"""Playing a caller: requests without a credential are somebody's, for as long as a block of a test lasts.

1. A request that shows a credential of its own, good or bad, is judged by that alone.
2. All others on routes that need a caller are the caller's of the innermost block. Public routes know nobody, as ever.
3. Nothing else changes: limits, requirements, ownership and answers meet this caller as they meet any other.
4. The block belongs to the app and not to a thread: test clients run the app in a thread of their own.
5. After the block everything is as it was, whatever happened in it. It plays in the test that opened it alone, with
   the setup and the teardown of that, and in its process: a fixture that acts has the scope of a function.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager

from fastapi import FastAPI

from buckler.principal import Factor, Kind, Principal
from buckler.testing.caller import caller_of
from buckler.testing.cast import playing
from buckler.testing.grounds import grounds_of


def acting_as(
    app: FastAPI,
    name: str,
    *,
    id: str | None = None,  # noqa: A002 - as `Principal.id`
    roles: Collection[str] = (),
    permissions: Collection[str] = (),
    kind: Kind = "person",
    tenant: str = "",
    factors: Collection[Factor] | None = None,
    authenticated_at: float | None = None,
) -> AbstractContextManager[Principal]:
    """In tests: requests to `app` without a credential are those of this caller, as long as the block lasts.

        with acting_as(app, "bob", roles={"editor"}) as bob:
            assert client.get("/me").json() == bob.name

    `id` is what the app stores of its callers (`Principal.id`); without it the name is. `roles` are those of the
    app's `Roles`, and `permissions` are added to what they grant. A person has proved just now, by what it knows,
    who it is; `factors` and `authenticated_at` (seconds since 1970-01-01 UTC) say otherwise. A block within a block
    wins until it ends. A request with an `Authorization` field of its own is judged by that, and never bob's.

    Raises `ConfigurationError` where no test runs or the app is in production; for an app without callers; for a
    role that the app does not know, a permission that none of its roles names and none of its routes asks for, and for
    a caller that it could never have. Raises `RuntimeError` where blocks of one app end in another order than the
    reverse of their beginning. ASVS 13.4.2.
    """
    grounds = grounds_of(app, "acting_as")
    caller = caller_of(
        grounds.installed,
        name,
        id=id,
        roles=roles,
        permissions=permissions,
        kind=kind,
        tenant=tenant,
        factors=factors,
        authenticated_at=authenticated_at,
    )
    return playing(grounds, caller)


def anonymous(app: FastAPI) -> AbstractContextManager[None]:
    """In tests: requests to `app` are taken as they come again, within a block of `acting_as`.

    Without a credential they are nobody's; one that they show counts, as always. Raises `ConfigurationError` and
    `RuntimeError` as `acting_as` does.
    """
    return playing(grounds_of(app, "anonymous"), None)
