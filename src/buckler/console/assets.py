"""The console's own files: style, script and mark, each under a name that changes with what is in it.

Nothing is loaded from elsewhere, so a browser needs no other host for a page; and a file that is kept for a year is
never an old one, as its name has a digest of its bytes.
"""

from hashlib import sha256
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.access.declarations.declaring import Public
from buckler.access.declarations.guarded import guarded

FOLDER: Final = "/_buckler/console"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_KEPT: Final = "public, max-age=31536000, immutable"


class Assets:
    """The files, read once."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}
        self._served: dict[str, tuple[bytes, str]] = {}
        for each in (files(__package__ or "") / "assets").iterdir():
            name = PurePosixPath(each.name)
            if name.suffix in _TYPES:
                content = each.read_bytes()
                served = f"{name.stem}.{sha256(content).hexdigest()[:16]}{name.suffix}"
                self._paths[each.name] = f"{FOLDER}/{served}"
                self._served[served] = content, _TYPES[name.suffix]

    def path(self, name: str) -> str:
        """Where a file is served, as in `console.css`. Raises `KeyError` where there is none."""
        return self._paths[name]

    def route(self) -> Route:
        """The route that serves them."""
        declared = guarded(self._serve, Public("files of the console"))
        return Route(f"{FOLDER}/{{name}}", declared, methods=["GET"], include_in_schema=False)

    async def _serve(self, request: Request) -> Response:
        found = self._served.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        content, kind = found
        return Response(content, media_type=kind, headers={"cache-control": _KEPT})
