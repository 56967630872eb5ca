"""A browser in front of a house: it holds the cookie of a session, and the token of its forms."""

from typing import Any

import httpx2

from buckler.access.callers.session_cookie import csrf_token_for
from buckler.identity.sessions.browser_sessions import COOKIE
from tests.identity.home import ME, Home
from tests.identity.house import PASSWORD


class Browser:
    """Holds the cookie of a session, as a browser does, and the token of its forms."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.value = ""
        self.csrf = ""

    async def sign_in(self, name: str = "alice", **members: Any) -> httpx2.Response:
        body = {"name": name, "password": PASSWORD, "session": "cookie", **members}
        return self._kept(await self.home.client.post("/auth/sign-in", json=body, headers=self._fields()))

    async def get(self, path: str = ME) -> httpx2.Response:
        return await self.home.client.get(path, headers=self._fields())

    async def post(self, path: str, **members: Any) -> httpx2.Response:
        return self._kept(await self.home.client.post(path, json=members, headers=self._fields()))

    async def delete(self, path: str) -> httpx2.Response:
        return await self.home.client.delete(path, headers=self._fields())

    async def is_in(self) -> bool:
        status = (await self.get()).status_code
        assert status in (200, 401)
        return status == 200

    @property
    def session_id(self) -> str:
        return self.value.partition(".")[0]

    def _fields(self) -> dict[str, str]:
        fields = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return {**fields, "Cookie": f"{COOKIE}={self.value}"} if self.value else fields

    def _kept(self, answer: httpx2.Response) -> httpx2.Response:
        self.home.client.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            if name == COOKIE:
                self.value = rest.partition(";")[0]
                self.csrf = csrf_token_for(self.value.encode())
        return answer


async def signed_in(home: Home, name: str = "alice") -> Browser:
    browser = Browser(home)
    answer = await browser.sign_in(name)
    assert answer.status_code == 200, answer.text
    return browser
