"""One look-up, every address judged, the judged one connected to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Event
from typing import Any

import httpcore2
import pytest

from buckler.input.outbound.errors import OutboundFailed, OutboundRefused
from buckler.input.outbound.network import PinnedNetwork
from buckler.input.outbound.resolving import JudgedResolver, SystemResolver
from tests.proof import two_sided_async


class Changing:
    """A resolver whose name server gives one answer after the other, and the last for ever."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Recorder(httpcore2.AsyncNetworkBackend):
    """A network that only notes where it was asked to connect."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.connected.append((host, port))
        raise httpcore2.ConnectError


class CheckThenConnect(httpcore2.AsyncNetworkBackend):
    """How it is often done: the address is checked, then the name is given to the network, which asks again."""

    def __init__(self, judged: JudgedResolver, resolver: Changing, network: Recorder) -> None:
        self._judged, self._resolver, self._network = judged, resolver, network

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        await self._judged.addresses(host, port)
        return await self._network.connect_tcp((await self._resolver.resolve(host, port))[0], port)


@pytest.mark.asvs("1.3.6")
async def test_a_name_that_changes_its_answer_gains_nothing() -> None:
    """DNS rebinding: public when it is checked, loopback when it is connected to."""

    async def attack(kind: type[PinnedNetwork] | type[CheckThenConnect]) -> bool:
        resolver, network = Changing(["93.184.216.34"], ["127.0.0.1"]), Recorder()
        judged = JudgedResolver(resolver, ())
        pinned: httpcore2.AsyncNetworkBackend = (
            PinnedNetwork(judged, network) if kind is PinnedNetwork else CheckThenConnect(judged, resolver, network)
        )
        with pytest.raises(httpcore2.ConnectError):
            await pinned.connect_tcp("rebind.example", 443)
        if kind is PinnedNetwork:
            assert (resolver.asked, network.connected) == (["rebind.example"], [("93.184.216.34", 443)])
        return ("127.0.0.1", 443) in network.connected

    await two_sided_async(attack, whole=PinnedNetwork, twin=CheckThenConnect)


async def test_one_private_address_among_public_ones_is_refused() -> None:
    """Wherever it stands in the list."""
    for answer in (["1.1.1.1", "10.0.0.1"], ["10.0.0.1", "1.1.1.1"], ["1.1.1.1", "::1"], ["1.1.1.1", "fe80::1%lo"]):
        with pytest.raises(OutboundRefused, match="address-not-public"):
            await JudgedResolver(Changing(answer), ()).addresses("mixed.example", 443)


@pytest.mark.parametrize("answer", [[], ["1.1.1.1"] * 65, ["no address"], OSError(), UnicodeError()])
async def test_an_answer_that_is_none_is_a_failure(answer: Any) -> None:
    """No address, too many, or something else."""
    with pytest.raises(OutboundFailed, match="unresolved"):
        await JudgedResolver(Changing(answer), ()).addresses("nowhere.example", 443)


@pytest.mark.parametrize("host", ["router", "localhost", "a.localhost", "db.internal", "nas.local", "x.home.arpa"])
async def test_a_name_of_the_own_network_is_not_even_looked_up(host: str) -> None:
    """Unless it is named."""
    resolver = Changing(["127.0.0.1"])
    with pytest.raises(OutboundRefused, match="address-not-public"):
        await JudgedResolver(resolver, ()).addresses(host, 443)
    assert resolver.asked == []
    assert await JudgedResolver(resolver, {host}).addresses(host, 443) == [ip_address("127.0.0.1")]


async def test_a_name_of_ours_that_points_at_metadata_is_refused() -> None:
    """Whoever writes our zone cannot read the machine's credentials with it."""
    with pytest.raises(OutboundRefused, match="address-not-public"):
        await JudgedResolver(Changing(["169.254.169.254"]), {"db.internal"}).addresses("db.internal", 443)


async def test_the_next_address_is_tried_when_one_takes_no_connection() -> None:
    """Four at most."""
    network = Recorder()
    pinned = PinnedNetwork(JudgedResolver(Changing([f"1.1.1.{n}" for n in range(1, 9)]), ()), network)
    with pytest.raises(httpcore2.ConnectError):
        await pinned.connect_tcp("many.example", 443)
    assert [host for host, _ in network.connected] == ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]


async def test_a_socket_of_this_machine_is_never_connected_to() -> None:
    """The library could be asked to; ours says no."""
    with pytest.raises(OutboundRefused, match="address-not-public"):
        await PinnedNetwork(JudgedResolver(Changing([]), ()), Recorder()).connect_unix_socket("/run/docker.sock")


async def test_a_slow_name_server_holds_up_nobody_else() -> None:
    """Its look-ups take threads of their own, so many and no more; the loop's own twin has them wait behind it."""
    held, plain = Event(), ThreadPoolExecutor(2)

    def ask(host: str, port: int, **_: Any) -> list[Any]:
        if host == "slow.example":
            held.wait(10)
        return [(0, 0, 0, "", ("1.1.1.1", port))]

    async def shared(host: str) -> object:
        return await asyncio.get_running_loop().run_in_executor(plain, ask, host, 443)

    async def attack(makes: Callable[[], Callable[[str], Awaitable[object]]]) -> bool:
        """Whether the look-up of another part of the app waits."""
        held.clear()
        strangers, partners = makes(), makes()
        slow = [asyncio.ensure_future(strangers("slow.example")) for _ in range(4)]
        await asyncio.sleep(0)
        other = asyncio.ensure_future(partners("partner.example"))
        await asyncio.wait([other], timeout=0.2)
        is_waiting = not other.done()
        held.set()
        await asyncio.gather(other, *slow, return_exceptions=True)
        return is_waiting

    def own() -> Callable[[str], Awaitable[object]]:
        judged = JudgedResolver(SystemResolver(ask, threads=2, waiting=1), ())
        return lambda host: judged.addresses(host, 443)

    await two_sided_async(attack, whole=own, twin=lambda: shared)
    plain.shutdown()


async def test_too_many_look_ups_at_once_are_refused() -> None:
    """Those that wait included; one that was given up in its place makes room, one in its thread does not."""
    held = Event()

    def ask(host: str, port: int, **_: Any) -> list[Any]:
        held.wait(10)
        return [(0, 0, 0, "", ("1.1.1.1", port))]

    judged = JudgedResolver(SystemResolver(ask, threads=1, waiting=1), ())

    def asked() -> asyncio.Future[Sequence[object]]:
        return asyncio.ensure_future(judged.addresses("a.example", 443))

    runs, waits = asked(), asked()
    await asyncio.wait([runs, waits], timeout=0.05)
    with pytest.raises(OutboundFailed, match="busy"):
        await asked()
    waits.cancel()
    await asyncio.wait([waits])
    waits = asked()
    runs.cancel()
    await asyncio.wait([runs])
    with pytest.raises(OutboundFailed, match="busy"):
        await asked()
    held.set()
    assert await waits == [ip_address("1.1.1.1")]


async def test_the_machine_s_own_resolver_knows_loopback() -> None:
    """The one that is used where none is given."""
    assert set(await SystemResolver().resolve("localhost", 80)) & {"127.0.0.1", "::1"}
