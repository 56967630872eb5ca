"""The page for Prometheus: for whom its declaration names, and nobody else (ASVS 13.4.5)."""

import builtins
import os
from typing import Any

import prometheus_client
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from buckler import Buckler, ConfigurationError, Limit, Public, Requires
from tests.proof import two_sided_async
from tests.stage import production, protect
from tests.wire import ask

METRICS = "/metrics"


def measured(**given: Any) -> FastAPI:
    return protect(FastAPI(), **{"metrics": Requires("a:x"), **given})


def series(body: bytes) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Every sample by its name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.mark.asvs("13.4.5")
async def test_a_stranger_does_not_read_it() -> None:
    """The twin is what the library's own pages say: mount its app, and everybody reads it."""

    async def attack(app: FastAPI) -> bool:
        answer = await ask(app, "GET", METRICS + "/" if app is twin else METRICS)
        return answer.status == 200 and b"# HELP" in answer.body

    twin = FastAPI()
    twin.mount(METRICS, prometheus_client.make_asgi_app())
    await two_sided_async(attack, whole=measured(), twin=twin)
    assert (await ask(measured(), "GET", METRICS, token="carol")).status == 403
    assert (await ask(protect(FastAPI()), "GET", METRICS, token="root")).status == 404


async def test_whoever_may_reads_what_this_process_counted() -> None:
    """In the text format, each series with the process that tells it; and nothing of Python's or the machine's."""
    app = measured()
    for _ in range(3):
        await ask(app, "GET", METRICS)
    answer = await ask(app, "GET", METRICS, token="alice")
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.header("cache-control") == "no-store"
    found = series(answer.body)
    assert found["buckler_refusals_total"] == [
        (
            {
                "buckler_refusal_code": "sign-in-required",
                "buckler_defence": "requirements",
                "http_response_status_code": "401",
                "worker": str(os.getpid()),
            },
            3,
        )
    ]
    assert all(name.startswith("buckler_") for name in found)
    assert all(labels["worker"] == str(os.getpid()) for samples in found.values() for labels, _ in samples)


async def test_two_apps_in_one_process_count_apart() -> None:
    one, other = measured(), measured()
    await ask(one, "GET", METRICS)
    assert "buckler_refusals_total" not in series((await ask(other, "GET", METRICS, token="alice")).body)


async def test_it_may_be_public_with_a_reason() -> None:
    app = measured(metrics=[Public("scraped inside the cluster alone"), Limit("60/minute")])
    assert (await ask(app, "GET", METRICS)).status == 200
    assert METRICS not in app.openapi()["paths"]


@pytest.mark.parametrize("given", [True, "metrics:read", Limit("5/minute"), []])
def test_undeclared_is_impossible(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"metrics="):
        measured(metrics=given)


def test_without_the_library_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("prometheus_client"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ConfigurationError, match=r"metrics= needs prometheus_client.*pip install 'buckler\[prometheus\]'"
    ):
        Buckler(FastAPI(), settings=production(), metrics=Public("a test"))
