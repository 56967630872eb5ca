"""Settings that can never work cannot be built."""

from pathlib import Path
from typing import Any

import pytest

from buckler.errors import ConfigurationError
from buckler.identity import AccountsSettings
from buckler.identity.passwords.profiles import MINIMUM, PasswordProfile
from buckler.redact import Secret

GOOD: dict[str, Any] = {
    "data": Path("data"),
    "issuer": "https://api.example.org",
    "audience": "https://api.example.org",
    "registration": "closed",
    "development": False,
    "master_secret_file": Path("/run/secrets/master"),
}


def test_good_settings_stand() -> None:
    """The defaults are the safe ones: the minimum profile, ten minutes, no password form."""
    settings = AccountsSettings(**GOOD)
    assert (settings.hashing, settings.token_lifetime, settings.password_form) == (MINIMUM, 600, False)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"token_lifetime": 3601}, "token_lifetime=3601"),
        ({"token_lifetime": 0}, "token_lifetime=0"),
        ({"session_lifetime": 599}, "BUCKLER_SESSION_LIFETIME=599"),
        ({"session_lifetime": 365 * 86_400 + 1}, "BUCKLER_SESSION_LIFETIME=31536001"),
        ({"session_idle": 599}, "BUCKLER_SESSION_IDLE=599"),
        (
            {"session_lifetime": 3600},
            "LIFETIME=3600: BUCKLER_SESSION_IDLE must be between 600 and 3600 too, since .* its lifetime; set it",
        ),
        ({"session_lifetime": 3600, "session_idle": 3601}, "BUCKLER_SESSION_IDLE must be between 600 and 3600 too"),
        ({"master_secret_file": None}, "BUCKLER_MASTER_SECRET_FILE is not set.* or set BUCKLER_MASTER_SECRET to"),
        ({"master_secret": Secret("canary-5512")}, "BUCKLER_MASTER_SECRET and BUCKLER_MASTER_SECRET_FILE are both set"),
    ],
)
def test_settings_that_can_never_work_are_refused(change: dict[str, Any], named: str) -> None:
    """The refusal says what is wrong, and shows no secret."""
    with pytest.raises(ConfigurationError, match=named) as caught:
        AccountsSettings(**(GOOD | change))
    assert "canary-5512" not in str(caught.value)


@pytest.mark.parametrize("idle", [600, 3600])
def test_a_short_session_stands_with_an_idle_time_within_it(idle: int) -> None:
    """What the refusal asks for is enough, both bounds included."""
    settings = AccountsSettings(**GOOD, session_lifetime=3600, session_idle=idle)
    assert (settings.session_lifetime, settings.session_idle) == (3600, idle)


@pytest.mark.parametrize(("memory", "passes"), [(19 * 1024 - 1, 2), (19 * 1024, 1), (2**20 + 1, 2), (8, 1)])
def test_a_profile_below_the_minimum_is_refused(memory: int, passes: int) -> None:
    """No installation can hash more cheaply than the minimum, nor with more memory than a machine has."""
    with pytest.raises(ConfigurationError, match="use MINIMUM or STRONG"):
        PasswordProfile("mine", memory, passes)
