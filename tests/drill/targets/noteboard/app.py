"""The app itself."""

import secrets

from fastapi import FastAPI

from tests.drill.targets.careful.answers import Answers, answer_invalid
from tests.drill.targets.careful.bodies import Bodies
from tests.drill.targets.noteboard.accounts import Accounts
from tests.drill.targets.noteboard.flaws import FLAWS
from tests.drill.targets.noteboard.gate import DeletionGate, MethodOverride
from tests.drill.targets.noteboard.notes import Notes
from tests.drill.targets.noteboard.orgs import Orgs
from tests.drill.targets.noteboard.people import Administration, Profiles
from tests.drill.targets.noteboard.store import JWT_SECRET, Store
from tests.drill.targets.noteboard.tokens import Tokens


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """A noteboard with these flaws."""
    docs = "docs-open" in flawed
    app = FastAPI(title="Noteboard", openapi_url="/openapi.json" if docs else None, redirect_slashes=False)
    secret = JWT_SECRET if "weak-secret" in flawed else secrets.token_urlsafe(48)
    store = Store(secret)
    tokens = Tokens(store, flawed)
    mail: list[dict[str, str]] = []
    app.state.store, app.state.tokens, app.state.mail, app.state.jwt_secret = store, tokens, mail, secret
    app.include_router(Accounts(store, tokens, mail, flawed).router())
    for routes in (Profiles, Administration, Notes, Orgs):
        app.include_router(routes(store, flawed).router())
    if "hidden-state" in flawed:
        show_state(app, store)
    if "method-override" in flawed:
        app.add_middleware(MethodOverride)
        app.add_middleware(DeletionGate, tokens=tokens)
    answer_invalid(app)
    app.add_middleware(Bodies)
    app.add_middleware(Answers)
    return app


def show_state(app: FastAPI, store: Store) -> None:
    """What whoever wrote this wanted to see for a day."""

    @app.get("/internal/state", include_in_schema=False)
    async def state() -> dict[str, object]:
        users = [user.email for user in store.users.values()]
        return {"users": users, "notes": len(store.notes), "sessions": len(store.sessions)}


def flawed_app() -> FastAPI:
    """With every flaw."""
    return create_app()


def mended_app() -> FastAPI:
    """With none."""
    return create_app(frozenset())
