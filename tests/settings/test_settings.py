"""A setting that can never work is not built, and the text says what to write instead."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import ValidationError

from buckler import ConfigurationError, Settings
from buckler.settings import Given
from tests.house.tree import ROOT, run
from tests.stage import development, production


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "ORIGIN", "HOSTS", "MAX_BODY_BYTES", "MASTER_SECRET"):
        monkeypatch.delenv(f"BUCKLER_{name}", raising=False)


def test_no_environment_named_means_production() -> None:
    """Development is asked for by name, so a forgotten variable never opens anything."""
    assert not Settings.load(origin="https://api.example.test").development


def test_production_without_an_origin_is_refused() -> None:
    """Hosts, redirects and tokens depend on it; the text names both ways out."""
    with pytest.raises(ConfigurationError, match="BUCKLER_ORIGIN is not set") as refused:
        Settings.load()
    assert "BUCKLER_ENVIRONMENT=development" in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "why"),
    [
        ("http://api.example.test", "plain HTTP"),
        ("ftp://api.example.test", "is no origin"),
        ("api.example.test", "is no origin"),
        ("https://", "is no origin"),
        ("https://*.example.test", "is no origin"),
        ("https://bücher.test", "is no origin"),
        ("https://api.example.test/v1", "more than scheme, host and port"),
        ("https://api.example.test/", "more than scheme, host and port: write https://api.example.test."),
        ("https://api.example.test?x=1", "more than scheme, host and port"),
        ("https://api.example.test#x", "more than scheme, host and port"),
        ("https://user@api.example.test", "more than scheme, host and port"),
        ("https://:@api.example.test", "is no origin"),
        ("https://api.example.test:port", "BUCKLER_ORIGIN"),
        ("https://api.example.test:99999", "BUCKLER_ORIGIN"),
        ("https://api.example.test\r\nx: y", "is no origin"),
        (" https://api.example.test", "is no origin"),
        ("https://[::1", "is no origin"),
        ("HTTPS://api.example.test", "is no origin"),
        ("https://API.example.test", "is no origin"),
        ("https://api.example.test:", "is no origin"),
        ("https://api.example.test\\@evil.test", "is no origin"),
    ],
)
def test_an_origin_that_is_more_or_less_than_one_is_refused(origin: str, why: str) -> None:
    """Whatever is wrong with it, the answer is our own error and names the variable."""
    with pytest.raises(ConfigurationError, match=why):
        production(origin=origin)


@pytest.mark.parametrize("origin", ["https://api.example.test", "https://api.example.test:8443", "https://[::1]:8443"])
def test_an_origin_is_scheme_host_and_port(origin: str) -> None:
    assert production(origin=origin).origin == origin


def test_development_takes_no_origin_elsewhere() -> None:
    """It answers this machine alone, so another origin could never be reached."""
    with pytest.raises(ConfigurationError, match="development answers this machine"):
        development(origin="https://api.example.test")
    assert development(origin="https://localhost:8443").on_loopback


def test_every_bad_value_is_named_by_its_variable_and_never_told() -> None:
    """A value may be a secret."""
    with pytest.raises(ConfigurationError) as refused:
        production(max_body_bytes="CANARY", environment="CANARY")
    assert "BUCKLER_MAX_BODY_BYTES" in str(refused.value)
    assert "BUCKLER_ENVIRONMENT" in str(refused.value)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("size", [0, -1])
def test_a_body_limit_below_one_is_refused(size: int) -> None:
    """It would refuse every body, or none."""
    with pytest.raises(ConfigurationError, match="BUCKLER_MAX_BODY_BYTES"):
        production(max_body_bytes=size)


@pytest.mark.parametrize(
    ("written", "size"), [("10 MB", 10_000_000), (" 1 KiB ", 1024), ("2048", 2048), (" 2048 ", 2048), (2048, 2048)]
)
def test_a_size_is_written_in_bytes_or_as_on_a_route(written: object, size: int) -> None:
    assert production(max_body_bytes=written).max_body_bytes == size
    assert production(max_header_bytes=written).max_header_bytes == size


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("environment", "prod", "Write development or production."),
        ("registration", "anybody", "Write open, verified or closed."),
        ("body_seconds", "soon", "Write seconds, more than 0 and at most 3600"),
        ("body_seconds", "0", "Write seconds, more than 0 and at most 3600"),
        ("max_body_bytes", "10MB", "Did you mean '10 MB'? Write a whole number"),
        ("max_body_bytes", "10 CANARY", "This is neither a number nor a size. Write"),
        ("max_body_bytes", "CANARY", "Write a whole number of bytes from 1"),
        ("max_body_bytes", "-1", "Write a whole number of bytes from 1"),
        ("max_header_bytes", "1 kB", "Write a whole number of bytes from 1024"),
        ("access_log", "perhaps", "Write true or false."),
        ("password_form", "perhaps", "Write true or false."),
        ("hsts_subdomains", "perhaps", "Write true or false."),
        ("behind", "0", "where no proxy stands in front, leave it empty"),
        ("hosts", "https://a.example", "'https://a.example' cannot be a host"),
        ("hosts", "*.a.example", "'*.a.example' cannot be a host"),
        ("behind", "yes", "write 1 for one proxy in front, or the networks"),
        ("client_limit", "600/min", "'600/min' is not a rate"),
        ("failed_checks_limit", "off", "'off' is not a rate"),
        ("redirect_origins", "https://pay.test/back", "write https://pay.test."),
        ("redirect_origins", "https://user:CANARY@pay.test:8443/", "'***@pay.test:8443/' is no origin"),
        ("hosts", "a.example, b.example:8443", "the name alone, without scheme, port and path"),
    ],
)
def test_a_value_that_does_not_fit_says_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, form: str
) -> None:
    """Under the name of its variable."""
    monkeypatch.setenv(f"BUCKLER_{name.upper()}", value)
    given: Given = {"origin": "https://a.test"}
    if name != "environment":
        given["environment"] = "production"
    with pytest.raises(ConfigurationError) as refused:
        Settings.load(**given)
    assert str(refused.value).startswith(f"BUCKLER_{name.upper()}")
    assert form in str(refused.value)
    assert "CANARY" not in str(refused.value)


def test_a_password_in_a_host_is_not_told() -> None:
    with pytest.raises(ConfigurationError, match="BUCKLER_HOSTS") as refused:
        production(hosts="https://user:CANARY@a.example")
    assert "CANARY" not in str(refused.value)


def test_settings_are_frozen() -> None:
    """What the app started with is what it runs with."""
    settings = production()
    with pytest.raises(ValidationError, match="frozen"):
        settings.origin = "https://evil.test"


def test_the_master_secret_is_not_printed() -> None:
    settings = production(master_secret="CANARY-CANARY-CANARY-CANARY-CANARY")
    assert "CANARY" not in repr(settings)
    assert "CANARY" not in str(settings)


def test_host_names_are_the_origin_those_named_and_in_development_this_machine() -> None:
    assert production(hosts=" a.test, ,b.test ").host_names == ("api.example.test", "a.test", "b.test")
    assert set(development().host_names) == {"localhost", "127.0.0.1", "[::1]", "testserver"}


def test_the_environment_is_read_and_what_is_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKLER_ORIGIN", "https://from.environment.test")
    monkeypatch.setenv("BUCKLER_ENVIRONMENT", "")
    assert Settings.load().origin == "https://from.environment.test"
    assert production().origin == "https://api.example.test"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"enviroment": "CANARY"}, "enviroment: there is no such setting; did you mean environment?"),
        ({"max_body_byte": "CANARY"}, "max_body_byte: there is no such setting; did you mean max_body_bytes?"),
        ({"zzz": "CANARY"}, "zzz: there is no such setting; the settings are "),
        ({"_env_file": "CANARY"}, "_env_file: there is no such setting"),
        ({"BUCKLER_ORIGIN": "CANARY"}, "BUCKLER_ORIGIN: there is no such setting"),
    ],
)
def test_a_setting_that_is_misspelt_in_code_is_refused(given: dict[str, object], said: str) -> None:
    """It would silently not hold; its value is not told."""
    with pytest.raises(ConfigurationError) as refused:
        production(**given)
    assert said in str(refused.value)
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("load", [production, lambda: Settings(origin="https://api.example.test")])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("BUCKLER_MAX_BODY_BYTE", "did you mean BUCKLER_MAX_BODY_BYTES?"),
        ("buckler_orign", "did you mean BUCKLER_ORIGIN?"),
        ("BUCKLER_ENV", "did you mean BUCKLER_ENVIRONMENT?"),
        ("BUCKLER_ALLOWED_HOSTS", "did you mean BUCKLER_HOSTS?"),
        ("BUCKLER_ZZZ", "the settings are BUCKLER_"),
    ],
)
def test_a_setting_that_is_misspelt_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, load: Callable[[], Settings], name: str, said: str
) -> None:
    """However the settings are built; an empty one counts as none."""
    monkeypatch.setenv(name, "")
    assert load().origin == "https://api.example.test"
    monkeypatch.setenv(name, "CANARY")
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert str(refused.value).startswith(f"{name}: there is no such setting; {said}")
    assert "CANARY" not in str(refused.value)


def test_names_are_read_in_any_case_and_others_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the prefix makes a name ours."""
    monkeypatch.setenv("buckler_max_body_bytes", "77")
    monkeypatch.setenv("BUCKLERS_ZZZ", "1")
    assert production().max_body_bytes == 77


def test_settings_that_were_not_judged_cannot_exist() -> None:
    """Also where nobody calls `load`; and no text shows a value."""
    with pytest.raises(ConfigurationError, match="BUCKLER_ORIGIN is not set"):
        Settings()
    with pytest.raises(ConfigurationError, match="plain HTTP"):
        Settings(origin="http://api.example.test")
    with pytest.raises(ConfigurationError, match="plain HTTP"):
        Settings.model_validate({"origin": "http://api.example.test"})
    bad: dict[str, Any] = {"max_body_bytes": "CANARY", "master_secret": ["CANARY"], "zzz": "CANARY"}
    with pytest.raises(ConfigurationError) as refused:
        Settings(origin="https://api.example.test", **bad)
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "zzz",
        "BUCKLER_MASTER_SECRET",
        "BUCKLER_MAX_BODY_BYTES",
    ]
    assert "CANARY" not in str(refused.value)


def test_a_registration_that_there_is_not_is_refused() -> None:
    """By the name that the operator set, with what may be written instead."""
    with pytest.raises(ConfigurationError, match="BUCKLER_REGISTRATION: Input should be 'open', 'verified' or"):
        production(registration="anybody")


def test_what_load_takes_are_the_settings() -> None:
    """The names and the types that a type checker compares a call with."""
    fields = {name: field.annotation for name, field in Settings.model_fields.items()}
    assert get_type_hints(Given) == fields


def test_a_misspelt_name_is_found_by_mypy(tmp_path: Path) -> None:
    """Before anything runs. In the cache of `make mypy`: the rest is checked there."""
    (tmp_path / "bad.py").write_text('from buckler import Settings\n\nSettings.load(enviroment="production")\n')
    done = run("mypy", "--config-file", ROOT / "pyproject.toml", tmp_path / "bad.py", cwd=ROOT)
    assert done.returncode == 1
    assert 'Unexpected keyword argument "enviroment"' in done.stdout


def test_a_password_in_the_origin_is_not_told() -> None:
    """It is refused, and the error goes to a log."""
    with pytest.raises(ConfigurationError) as refused:
        Settings.load(environment="production", origin="https://user:CANARY@api.example.test")
    assert "CANARY" not in str(refused.value)
