"""What a browser makes of the cookies of an app, with the rules and without."""

import pytest
from fastapi import FastAPI

from buckler.edge.cookie import prefix_of
from buckler.identity.sessions.browser_sessions import COOKIE as SESSION
from buckler.identity.sign_in.known_devices import COOKIE as DEVICE
from tests.edge.setting_cookies import WHOLE, setting, twin, whole
from tests.proof import two_sided_async
from tests.wire import Answer


class Jar:
    """What a browser makes of an answer, by the words of RFC 6265bis section 5.7: the cookies that it keeps."""

    def __init__(self, answer: Answer) -> None:
        self.kept = dict(
            self._kept(line) for line in answer.values("set-cookie") if len(line.partition(";")[0]) <= 4097
        )

    def _kept(self, line: str) -> tuple[str, set[str]]:
        pair, *rest = line.split(";")
        return pair.partition("=")[0], {each.strip().lower().partition("=")[0] for each in rest} | {
            each.strip().lower() for each in rest
        }

    def lacks(self, name: str, *attributes: str) -> bool:
        """Whether it keeps this cookie, and without these."""
        return name in self.kept and not self.kept[name] & set(attributes)


@pytest.mark.asvs("3.3.1")
async def test_a_cookie_never_crosses_in_clear() -> None:
    """Without Secure it goes out with the first plain request; and no sibling host sets one by the name of ours."""
    assert all(prefix_of(name) == "__Host-" and name.startswith("__Host-") for name in (SESSION, DEVICE))

    async def attack(app: FastAPI) -> bool:
        return Jar(await setting(app, "id=1; Path=/; HttpOnly; SameSite=Lax")).lacks("id", "secure")

    await two_sided_async(attack, whole=whole(), twin=twin())


@pytest.mark.asvs("3.3.2")
@pytest.mark.parametrize("line", ["id=1; Path=/; Secure; HttpOnly", "id=1; Path=/; Secure; HttpOnly; SameSite=None"])
async def test_no_page_of_another_site_sends_it(line: str) -> None:
    async def attack(app: FastAPI) -> bool:
        return Jar(await setting(app, line)).lacks("id", "samesite=lax", "samesite=strict")

    await two_sided_async(attack, whole=whole(), twin=twin())


@pytest.mark.asvs("3.3.3")
async def test_no_other_host_gets_it() -> None:
    """It stays with the host that set it."""

    async def attack(app: FastAPI) -> bool:
        answer = await setting(app, "id=1; Domain=example.test; Secure; HttpOnly; SameSite=Lax")
        return any("Domain=" in line for line in answer.values("set-cookie"))

    await two_sided_async(attack, whole=whole(), twin=twin())


@pytest.mark.asvs("3.3.4")
async def test_no_script_reads_it() -> None:
    async def attack(app: FastAPI) -> bool:
        return Jar(await setting(app, "id=1; Path=/; Secure; SameSite=Lax")).lacks("id", "httponly")

    await two_sided_async(attack, whole=whole(), twin=twin())


async def test_no_route_of_the_app_plants_a_session_of_ours() -> None:
    """Fixation: an endpoint that sets what it was sent would sign its visitor in as somebody else."""

    async def attack(app: FastAPI) -> bool:
        return bool((await setting(app, "__Host-buckler-session=planted" + WHOLE)).values("set-cookie"))

    await two_sided_async(attack, whole=whole(), twin=twin())


@pytest.mark.asvs("3.3.5")
async def test_no_cookie_is_set_that_no_browser_keeps() -> None:
    """It would vanish without a word, and what it is for would not work."""

    async def attack(app: FastAPI) -> bool:
        answer = await setting(app, "id=" + "x" * 4095 + WHOLE)
        return answer.status == 200 and "id" not in Jar(answer).kept

    await two_sided_async(attack, whole=whole(), twin=twin())
