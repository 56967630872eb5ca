"""An app without guarded models pays next to nothing, also where the type of a route says nothing."""

import subprocess
import sys

from tests.house.tree import ROOT

PROGRAM = """
import asyncio
from typing import Annotated, Any
from fastapi import FastAPI
from pydantic import BaseModel
from buckler import Public, Visible
from buckler.access.fields.guarded_models import has_guarded_models
from buckler.access.fields.views import View
from tests.stage import protect
from tests.wire import ask

of = View.of
app = FastAPI(dependencies=[Public("a test")])
async def anything() -> Any:
    return {"staff": staff}
app.add_api_route("/it", anything)
class Plain(BaseModel):
    name: str = "x"
async def typed() -> Plain:
    return Plain()
app.add_api_route("/typed", typed)
protect(app)
View.of = None
staff = None
assert asyncio.run(ask(app, "GET", "/it")).body == b'{"staff":null}'
assert asyncio.run(ask(app, "GET", "/typed")).body == b'{"name":"x"}'
route = next(each for each in app.routes if each.path == "/typed")
assert not hasattr(route.dependant.call, "fields_of_buckler") and not has_guarded_models()
View.of = of

class Staff(BaseModel):
    salary: Annotated[int, Visible("a:x")] = 7
staff = Staff()
app.add_api_route("/more", anything)
assert asyncio.run(ask(app, "GET", "/it")).body == b'{"staff":{}}'
assert hasattr(route.dependant.call, "fields_of_buckler") and has_guarded_models()
"""


def test_an_app_without_guarded_models_is_left_alone() -> None:
    """Until there is one: in a process of its own, since other tests make such models."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
