"""Where the master secret comes from: what was named, else the file of development."""

import dataclasses
from pathlib import Path

import pytest

from buckler.errors import ConfigurationError
from buckler.identity.installation.secret_place import SecretPlace, development_secret
from buckler.randomness import secret_text
from buckler.redact import Secret
from buckler.tokens.secret import MasterSecret
from tests.identity.house import settings


def test_the_settings_name_the_place(tmp_path: Path) -> None:
    """The text of a setting has no file; a named file is it; else the one in the data folder."""
    assert SecretPlace.of(settings(tmp_path, master_secret=Secret(secret_text(48)))).file is None
    assert SecretPlace.of(settings(tmp_path, master_secret_file=tmp_path / "s")).file == tmp_path / "s"
    assert SecretPlace.of(settings(tmp_path)).file == development_secret(tmp_path)


def test_one_is_made_in_development_alone(tmp_path: Path) -> None:
    """Once, for its owner alone, and where none was named; the second time it is read."""
    place = SecretPlace(tmp_path, None, None, development=True)
    with pytest.raises(
        ConfigurationError, match=r"in production, name the secret as there.*Put the file back if it was made here"
    ):
        place.read()
    made = place.read_or_make()
    assert development_secret(tmp_path).stat().st_mode & 0o777 == 0o600
    assert made.derive("x") == place.read_or_make().derive("x") == place.read().derive("x")
    for other in (
        dataclasses.replace(place, data=tmp_path / "b", development=False),
        dataclasses.replace(place, data=tmp_path / "b", named=tmp_path / "missing"),
    ):
        with pytest.raises(ConfigurationError, match=r"missing|cannot be opened"):
            other.read_or_make()
        assert not (tmp_path / "b").exists()
        assert not (tmp_path / "missing").exists()


def test_a_named_file_lies_outside_the_data_in_production(tmp_path: Path) -> None:
    """Whoever copies the data must not have the key too (ASVS 13.3.1)."""
    data, apart = tmp_path / "data", tmp_path / "secret"
    data.mkdir()
    MasterSecret.create_file(data / "secret")
    MasterSecret.create_file(apart)
    assert SecretPlace(data, None, data / "secret", development=True).read()
    assert SecretPlace(data, None, apart, development=False).read()
    with pytest.raises(ConfigurationError, match="lies in the data folder"):
        SecretPlace(data, None, data / "secret", development=False).read()


def test_it_is_read_again_each_time(tmp_path: Path) -> None:
    """So a running service takes up what was put in front; the place itself prints no secret."""
    text = secret_text(48)
    place = SecretPlace(tmp_path, Secret(text), None, development=True)
    assert text not in repr(place)
    file = SecretPlace(tmp_path, None, None, development=True)
    first = file.read_or_make()
    MasterSecret.renew_file(development_secret(tmp_path), data=tmp_path, development=True)
    assert file.read().derive("x")[1:] == first.derive("x")
