"""An album in a browser: people sign in at the console, see their pictures, and add one by a form.

    buckler serve examples.album:app --environment development

What a page of your own needs beside the routes: templates, the token of the form, files that leave safely.
"""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from buckler import Accepts, Buckler, Csp, Limit, Principal, Requires, Roles
from buckler.input import FileStore, Line, ServedUploads, Upload, Uploaded
from buckler.pages import Templates

app = FastAPI(title="Album")
buckler = Buckler(app, accounts=True, console=True, roles=Roles({"member": ()}, new="member"), csp=Csp())

store = FileStore(buckler.settings.data / "pictures")
served = ServedUploads(store)
pages = Templates(Path(__file__).parent / "album_pages")

Caller = Annotated[Principal, Requires()]
Picture = Annotated[Uploaded, Upload(kinds={"gif", "jpeg", "png", "webp"}, max_size="5 MB")]
ALBUMS: dict[str, dict[str, str]] = {}
"""Of each owner the titles, by the name under which a picture is kept. Yours would be a table."""


@app.get("/album")
async def album(request: Request, who: Caller) -> Response:
    """The caller's pictures, and a form."""
    return pages.page(request, "album.html", {"who": who.name, "pictures": ALBUMS.get(who.id, {})})


@app.post("/album", dependencies=[Accepts("6 MB"), Limit("30/minute")])
async def add(who: Caller, title: Annotated[Line, Form()], picture: Picture) -> Response:
    """Keep one more."""
    kept = await picture.store(store)
    ALBUMS.setdefault(who.id, {})[kept.name] = title
    return RedirectResponse("/album", 303)


@app.get("/album/{name}")
async def show(name: str, who: Caller) -> Response:
    """One picture of the caller's own."""
    if name not in ALBUMS.get(who.id, {}):
        raise HTTPException(404)
    return served.response(name)
