"""Settings: each complaint names its variable, and production refuses what would be unsafe."""

import stat
from pathlib import Path

import pytest

from config import Config, ConfigError

SOUND = {
    "TRACKER_PRODUCTION": "1",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://www.example.org",
    "MAIL_SERVER": "mail.example.org",
}


def read(tmp_path: Path, **values: str) -> Config:
    return Config.from_environment({"TRACKER_DATA": str(tmp_path / "data")} | values)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRACKER_PORT", "many"),
        ("TRACKER_WORKERS", ""),
        ("TRACKER_PRODUCTION", "perhaps"),
        ("MAIL_USE_TLS", "2"),
        ("BASE_URL", "www.example.org"),
        ("BASE_URL", "ftp://www.example.org"),
        ("BASE_URL", "https://www.example.org/path"),
    ],
)
def test_a_senseless_setting_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        read(tmp_path, **{variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("BASE_URL", ""),
        ("BASE_URL", "http://www.example.org"),
        ("MAIL_SERVER", ""),
        ("TRACKER_CLOCK_FILE", "clock"),
    ],
)
def test_production_refuses(tmp_path: Path, variable: str, value: str) -> None:
    assert read(tmp_path, **SOUND).production
    with pytest.raises(ConfigError, match=variable):
        read(tmp_path, **SOUND | {variable: value})


def test_a_password_is_not_sent_in_the_open(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MAIL_USERNAME"):
        read(tmp_path, MAIL_USERNAME="tracker", MAIL_USE_TLS="0")


def test_without_a_secret_one_is_made_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_postgresql_address_gets_the_driver(tmp_path: Path, scheme: str) -> None:
    assert read(tmp_path, DATABASE_URL=f"{scheme}://db.example.org/t").database_url == (
        "postgresql+psycopg://db.example.org/t"
    )


def test_the_defaults_are_one_machine(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/data/tracker.db"
    assert config.base_url == "http://127.0.0.1:8000"
    assert not config.production
