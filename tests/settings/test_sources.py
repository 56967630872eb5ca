"""Where values are read, who decides, and what each was said by."""

from pathlib import Path

import pytest

from buckler import ConfigurationError, Settings
from buckler.settings.sources import SECRETS, said, secret_said
from tests.proof import two_sided

ORIGIN = "https://api.example.test"


@pytest.fixture(autouse=True)
def _bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT", "ORIGIN", "HOSTS", "MASTER_SECRET", "MASTER_SECRET_FILE", "PROCESSES", "DATA"):
        monkeypatch.delenv(f"BUCKLER_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str, mode: int = 0o600) -> None:
    Path(name).write_text(text)
    Path(name).chmod(mode)


def test_the_first_that_says_it_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, environment, `.env`, TOML, default: taken away one after the other."""
    write("buckler.toml", 'environment = "development"\nhosts = "toml.test"\n')
    write(".env", "BUCKLER_HOSTS=dotenv.test\n")
    monkeypatch.setenv("BUCKLER_HOSTS", "variable.test")

    def told(**given: str) -> tuple[str, str]:
        read = Settings.load(**given)  # type: ignore[arg-type]
        return read.hosts, read.said("hosts").place

    assert told(hosts="code.test") == ("code.test", "Settings.load(hosts=...)")
    assert told() == ("variable.test", "BUCKLER_HOSTS")
    monkeypatch.setenv("BUCKLER_HOSTS", "")
    assert told() == ("dotenv.test", ".env:1")
    write(".env", "BUCKLER_HOSTS=\n")
    assert told() == ("toml.test", "buckler.toml: hosts")
    write("buckler.toml", 'environment = "development"\nhosts = ""\n')
    assert told() == ("", "default")


@pytest.mark.asvs("13.4.2")
def test_a_stray_dotenv_does_not_decide_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's file that was copied to the server would turn development on, with its open registration."""
    write(".env", "BUCKLER_ENVIRONMENT=development\nBUCKLER_REGISTRATION=open\n")
    monkeypatch.setenv("BUCKLER_ORIGIN", "https://localhost")

    def attack(named: str) -> bool:
        monkeypatch.setenv("BUCKLER_ENV_FILE", named)
        read = Settings.load()
        return read.development or read.registers == "open"

    two_sided(attack, whole="", twin=".env")


def test_a_dotenv_is_read_in_development_and_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write(".env", "BUCKLER_HOSTS=dotenv.test\n")
    assert Settings.load(origin=ORIGIN).hosts == ""
    assert Settings.load(environment="development").hosts == "dotenv.test"
    monkeypatch.setenv("BUCKLER_ENV_FILE", ".env")
    assert Settings.load(origin=ORIGIN).hosts == "dotenv.test"


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_and_its_file_are_one_thing(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Whoever says the one silences the other further down; said beside each other, both stand and are judged."""
    write("buckler.toml", f'{secret} = "from toml"\n')
    monkeypatch.setenv(f"BUCKLER_{secret.upper()}_FILE", "elsewhere")
    read = Settings.load(origin=ORIGIN)
    assert (getattr(read, secret), getattr(read, f"{secret}_file")) == (None, Path("elsewhere"))
    assert f"{secret}_file" in Settings.model_fields
    monkeypatch.setenv(f"BUCKLER_{secret.upper()}", "here too")
    both = Settings.load(origin=ORIGIN)
    assert getattr(both, secret).get_secret_value() == "here too"
    assert getattr(both, f"{secret}_file") == Path("elsewhere")


def test_a_command_is_told_a_secret_or_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret_said("master_secret") == (None, None)
    monkeypatch.setenv("BUCKLER_MASTER_SECRET", "itself")
    assert secret_said("master_secret") == ("itself", None)
    monkeypatch.setenv("BUCKLER_MASTER_SECRET_FILE", "elsewhere")
    with pytest.raises(ConfigurationError, match="BUCKLER_MASTER_SECRET and BUCKLER_MASTER_SECRET_FILE are both set"):
        secret_said("master_secret")
    monkeypatch.delenv("BUCKLER_MASTER_SECRET")
    assert secret_said("master_secret") == (None, Path("elsewhere"))


def test_every_secret_has_a_file() -> None:
    secrets = [name for name, each in Settings.model_fields.items() if "SecretStr" in str(each.annotation)]
    assert sorted(secrets) == sorted(SECRETS)


def test_toml_has_lists_numbers_switches_and_days() -> None:
    write(
        "buckler.toml",
        'hosts = ["a.test", "b.test"]\nmax_body_bytes = "2 MB"\nmax_connections = 5\nhsts_subdomains = false\n'
        'security_contact = ["mailto:a@b.test"]\nsecurity_expires = 2031-01-02\n',
        0o644,
    )
    read = Settings.load(origin=ORIGIN)
    assert (read.hosts, read.max_body_bytes, read.max_connections) == ("a.test,b.test", 2_000_000, 5)
    assert (read.hsts_subdomains, read.security_expires) == (False, "2031-01-02")
    write("buckler.toml", "hosts = [1]\n")
    with pytest.raises(ConfigurationError, match="BUCKLER_HOSTS: Input should be a valid string"):
        Settings.load(origin=ORIGIN)


def test_pyproject_is_not_read() -> None:
    """It is the project's, and goes to the server with it."""
    write("pyproject.toml", '[tool.buckler]\nhosts = "evil.test"\n', 0o644)
    assert Settings.load(origin=ORIGIN).hosts == ""


def test_what_serve_takes_may_stand_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is no setting of an app."""
    monkeypatch.setenv("BUCKLER_HOST", "127.0.0.1")
    write("buckler.toml", "port = 9443\n")
    assert "port" not in Settings.load(origin=ORIGIN).changed()
    assert (said("host"), said("port"), said("http_port")) == ("127.0.0.1", "9443", None)


def test_changed_is_what_differs_and_hides_secrets() -> None:
    read = Settings.load(
        origin=ORIGIN,
        master_secret="CANARY",  # type: ignore[arg-type]
        mail="smtps://me:CANARY@mail.test",
        registration="closed",
        hosts="",
    )
    assert read.changed() == {
        "origin": ORIGIN,
        "master_secret": "***",
        "registration": "closed",
        "mail": "smtps://***@mail.test",
    }
