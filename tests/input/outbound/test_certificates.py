"""TLS on the way out: the certificate is judged against the name that was asked for (ASVS 12.3.2)."""

import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from buckler import ConfigurationError
from buckler.cli.serve.tls.local_authority import local_certificate
from buckler.clock import SystemClock
from buckler.input.outbound import Outbound
from tests.input.outbound.test_outbound import Open, Rates, body_of, code_of
from tests.input.outbound.test_resolving import Changing
from tests.input.outbound.upstream import Upstream, upstream
from tests.proof import stopped_by, two_sided, two_sided_async


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return local_certificate(tmp_path, SystemClock()).authority


@pytest.fixture
def context(tmp_path: Path) -> ssl.SSLContext:
    """What a server shows whose certificate is good for this machine's own names."""
    files = local_certificate(tmp_path, SystemClock())
    shown = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    shown.load_cert_chain(files.certificate, files.key)
    return shown


@pytest.fixture
async def other(context: ssl.SSLContext) -> AsyncIterator[Upstream]:
    async with upstream(context=context) as stub:
        yield stub


def outbound(stub: Upstream, host: str, context: ssl.SSLContext | None) -> Outbound:
    resolver = Changing(["127.0.0.1"])
    return Outbound(hosts=(), allow_private={host}, ports={stub.port}, ssl_context=context, resolver=resolver)


async def test_a_certificate_for_the_name_is_good(other: Upstream, authority: Path) -> None:
    """The connection goes to an address; the name is still what is asked for and trusted."""
    trusting = ssl.create_default_context(cafile=authority)
    url = f"https://localhost:{other.port}/ok"
    assert await outbound(other, "localhost", trusting).fetch_json(url, Rates) == Rates(rate=3)


@pytest.mark.asvs("12.3.2")
async def test_a_certificate_of_a_stranger_is_refused(other: Upstream) -> None:
    """Signed by nobody we trust; a client that does not check takes it."""
    url = f"https://localhost:{other.port}/ok"

    async def attack(open_client: Open) -> bool:
        return await body_of(open_client, url) is not None

    ours = outbound(other, "localhost", None)
    await two_sided_async(attack, whole=ours.client, twin=lambda: httpx2.AsyncClient(verify=False, trust_env=False))
    assert await code_of(ours.fetch_json(url, Rates)) == "certificate"


async def test_a_certificate_for_another_name_is_refused(other: Upstream, authority: Path) -> None:
    """Wherever the address came from."""
    trusting = ssl.create_default_context(cafile=authority)
    ours = outbound(other, "partner.example", trusting)
    assert await code_of(ours.fetch_json(f"https://partner.example:{other.port}/ok", Rates)) == "certificate"


@pytest.mark.asvs("12.3.2")
async def test_a_request_cannot_choose_the_name_that_is_trusted(authority: Path, context: ssl.SSLContext) -> None:
    """The library lets it; ours leaves such wishes behind."""
    trusting = ssl.create_default_context(cafile=authority)

    async with upstream("127.0.0.2", context=context) as stub:
        url = f"https://127.0.0.2:{stub.port}/ok"

        async def attack(open_client: Open) -> bool:
            return await body_of(open_client, url, extensions={"sni_hostname": "localhost"}) is not None

        ours = outbound(stub, "127.0.0.2", trusting)
        await two_sided_async(attack, whole=ours.client, twin=lambda: httpx2.AsyncClient(verify=trusting))


@pytest.mark.asvs("12.3.2")
def test_a_context_that_checks_nothing_cannot_be_given() -> None:
    """The library takes it."""
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname = False

    def attack(make: Callable[[ssl.SSLContext], object]) -> bool:
        return not stopped_by(ConfigurationError, lambda: make(careless))

    two_sided(
        attack,
        whole=lambda context: Outbound(hosts="public", ssl_context=context),
        twin=lambda context: httpx2.AsyncClient(verify=context),
    )
