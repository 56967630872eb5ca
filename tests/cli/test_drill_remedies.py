"""An app that cannot be brought up: the refusal says what to write instead."""

from pathlib import Path

import pytest

from buckler.cli.drill.remedies import apps_in, remedy
from tests.cli.in_process import Shell

FACTORY = """
import fastapi

def create_app() -> fastapi.FastAPI:
    return fastapi.FastAPI()

def create_for(name):
    return fastapi.FastAPI(title=name)

typed: fastapi.FastAPI = fastapi.FastAPI()
other = dict()
"""
MADE = """
from fastapi import FastAPI

def create_for(title):
    return FastAPI(title=title)

app = create_for("rooms")
same: FastAPI = create_for("halls")
title = str("rooms")
"""
NEEDS = """
import os
from fastapi import FastAPI
URL = os.environ["DATABASE_URL"]
app = FastAPI()
"""
SETTINGS = """
from fastapi import FastAPI
from pydantic import BaseModel
class Settings(BaseModel):
    database_url: str
    key: str
settings = Settings()
app = FastAPI()
"""
PREFIXED = """
import os
from fastapi import FastAPI
from pydantic import BaseModel
class Settings(BaseModel):
    model_config = {"env_prefix": "BOOKING_"}
    secret_key: str
    @classmethod
    def of_environment(cls):
        return cls(**{name.lower().removeprefix("booking_"): value for name, value in os.environ.items()})
settings = Settings.of_environment()
app = FastAPI()
"""
STARTS_PREFIXED = PREFIXED.replace("settings = Settings.of_environment()", "").replace(
    "FastAPI()", "FastAPI(on_startup=[lambda: Settings.of_environment()])"
)
STARTS = """
import os
from contextlib import asynccontextmanager
from fastapi import FastAPI
@asynccontextmanager
async def life(app):
    os.environ["REDIS_URL"]
    yield
app = FastAPI(lifespan=life)
"""


@pytest.fixture
def folder(shell: Shell) -> Path:
    """With apps that miss something, one within a package, and files that are none of theirs."""
    for name, text in {
        "made.py": MADE,
        "needing.py": NEEDS,
        "settled.py": SETTINGS,
        "prefixed.py": PREFIXED,
        "prefixed_later.py": STARTS_PREFIXED,
        "starting.py": STARTS,
        "shop/__init__.py": "from fastapi import FastAPI\napp = FastAPI()",
        "shop/web.py": FACTORY,
        "shop/broken.py": "def (",
        "node_modules/a.py": "app = FastAPI()",
        "no-module.py": "app = FastAPI()",
    }.items():
        file = shell.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return shell.folder


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("needing:app", "Say it here: --env DATABASE_URL=..."),
        ("settled:app", "Say it here: --env DATABASE_URL=... --env KEY=..."),
        ("prefixed:app", "Say it here: --env BOOKING_SECRET_KEY=..."),
        ("prefixed_later:app", "Say it here: --env SECRET_KEY=... (with the env_prefix of its settings before it,"),
        ("starting:app", "Say it here: --env REDIS_URL=..."),
        ("made:ap", "In this folder there is: made:app, made:same, "),
        ("mad.py", "mad.py: there is no such file, and an app is named by its module: did you mean mad:app?"),
        ("mad.py", "In this folder there is: made:app, "),
        ("shop/webb.py:app", "In this folder there is: shop:app, shop.web:create_app, "),
        ("made.py", "made.py is a file, and an app is named by its module: did you mean made:app?"),
        ("web:create_app", "In this folder there is: shop.web:create_app, "),
        ("shop.web:app", "In this folder there is: shop.web:create_app, shop.web:typed"),
        ("shop.web:create_for", "In this folder there is: shop.web:create_app, "),
    ],
)
def test_what_to_write_instead_is_told(folder: Path, shell: Shell, app: str, told: str) -> None:
    """And the folder is the person's own, not the copy that is gone."""
    done = shell.run("drill", app, "--only", "D110")
    assert (done.code, told in done.told) == (1, True), done.told
    assert "buckler-drill-" not in done.told


FAILING = """
import os
from fastapi import FastAPI
def failed():
    raise RuntimeError("cannot connect to " + os.environ["DATABASE_URL"] + ", nor to redis://:kept-in-code-7@cache")
"""


@pytest.mark.parametrize(
    ("app", "rest"),
    [
        ("at_start:app", "app = FastAPI(on_startup=[failed])"),
        ("at_import:app", "failed()"),
        ("making:make", "def make():\n    failed()"),
    ],
)
def test_what_an_app_says_that_does_not_come_up_is_told_without_secrets(shell: Shell, app: str, rest: str) -> None:
    """Neither those of the environment nor passwords in addresses: this stands in the logs of a pipeline."""
    (shell.folder / f"{app.partition(':')[0]}.py").write_text(FAILING + rest)
    address = "postgresql://shop:tall-crane-83@127.0.0.1/shop"
    for done in (
        shell.run("drill", app, "--only", "D110", DATABASE_URL=address),
        shell.run("drill", app, "--only", "D110", "--env", f"DATABASE_URL={address}"),
    ):
        assert done.code == 1
        assert "postgresql://shop:$DATABASE_URL_PASSWORD@127.0.0.1/shop, nor to redis://:$ISSUED@cache" in done.told
        assert "tall-crane" not in done.told


def test_it_starts_as_the_remedy_says(folder: Path, shell: Shell) -> None:
    """The remedies are no guesses."""
    words = ("--only", "D110", "--fail-on", "never", "--env", "DATABASE_URL=sqlite://")
    assert shell.run("drill", "needing:app", *words).code == 0
    said = ("--only", "D110", "--fail-on", "never", "--env", "BOOKING_SECRET_KEY=tall-crane-83")
    assert shell.run("drill", "prefixed:app", *said).code == 0


def test_apps_are_looked_for_without_an_import(folder: Path) -> None:
    """In packages too, and not in what others wrote; a file that does not parse is passed over."""
    found = set(apps_in(folder))
    own = {f"{each}:app" for each in ("needing", "prefixed", "prefixed_later", "settled", "starting")}
    assert found == {*own, "made:app", "made:same", "shop:app", "shop.web:create_app", "shop.web:typed"}
    assert remedy("needing:app: there is no such thing", folder) == ""
