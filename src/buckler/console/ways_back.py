"""Addresses that take a form and show nothing: whoever opens one is led to the page on which its form stands.

One comes there by a reload, or by a sign-in that was asked for when the form was sent: it leads back to the address of
the request, and a browser asks for that with a GET. Nothing was done then, and the page says so.
"""

from collections.abc import Iterable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from buckler.asgi import path_below_root
from buckler.console.navigation import HOME
from buckler.console.page_routes import show_page
from buckler.console.view import View


def ways_back(routes: Iterable[Route], view: View) -> list[Route]:
    """A GET for each path that has none, for whoever is signed in; the page that it leads to asks what it needs."""
    given = list(routes)
    shown = {each.path for each in given if "GET" in (each.methods or ())}
    return [_way_back(path, shown, view) for path in dict.fromkeys(each.path for each in given) if path not in shown]


def _way_back(path: str, shown: set[str], view: View) -> Route:
    parts = path.split("/")
    above = (parts[:number] for number in range(len(parts) - 1, 0, -1))
    kept = next((len(each) for each in above if "/".join(each) in shown), len(HOME.split("/")))

    async def lead(request: Request) -> Response:
        # No parameter of these paths has a slash, so the first parts are those of the page above.
        there = "/".join(path_below_root(request.scope).split("/")[:kept])
        return view.to(request, quote(there, errors="replace"), "stale")

    return show_page(path, lead)
