"""The app itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI

from tests.drill.targets.careful.answers import Answers, answer_invalid
from tests.drill.targets.careful.bodies import LARGEST, Bodies
from tests.drill.targets.shop.accounts import Accounts
from tests.drill.targets.shop.flaws import FLAWS
from tests.drill.targets.shop.goods import Goods
from tests.drill.targets.shop.money import Money
from tests.drill.targets.shop.orders import Orders
from tests.drill.targets.shop.pictures import Pictures
from tests.drill.targets.shop.store import Store


@asynccontextmanager
async def folder_of_invoices(app: FastAPI) -> AsyncGenerator[None]:
    """Invoices are files, as long as the app runs."""
    store: Store = app.state.store
    with TemporaryDirectory() as folder:
        store.invoices, store.keeps_invoices = Path(folder), True
        yield
        store.keeps_invoices = False


def create_app(flawed: frozenset[str] = FLAWS) -> FastAPI:
    """A shop with these flaws."""
    app = FastAPI(title="Shop", openapi_url=None, redirect_slashes=False, lifespan=folder_of_invoices)
    store = Store(flawed)
    mail: list[dict[str, str]] = []
    app.state.store, app.state.mail, app.state.flawed = store, mail, flawed
    app.include_router(Accounts(store, mail, flawed).router())
    for routes in (Goods, Orders, Money):
        app.include_router(routes(store, flawed).router())
    app.include_router(Pictures(flawed).router())
    answer_invalid(app)
    largest = None if "bodies-of-any-size" in flawed else LARGEST
    app.add_middleware(Bodies, largest=largest, shaped="fields-without-end" not in flawed)
    app.add_middleware(Answers)
    return app


def flawed_app() -> FastAPI:
    """With every flaw."""
    return create_app()


def mended_app() -> FastAPI:
    """With none."""
    return create_app(frozenset())
