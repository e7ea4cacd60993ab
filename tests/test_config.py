"""Settings: each complaint names its variable, and production refuses what would be unsafe."""

import stat
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from config import ROOT, Config, ConfigError

SOUND = {
    "TRACKER_PRODUCTION": "1",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://www.example.org",
    "MAIL_SERVER": "mail.example.org",
    "CONTACT_NAME": "编辑部",
    "CONTACT_PHONE": "010 0000 0000",
    "CONTACT_EMAIL": "office@example.org",
    "MAINTAINERS": "desk@example.org",
    "MAIL_SENDER": "notices@example.org",
}


def read(tmp_path: Path, **values: str) -> Config:
    return Config.from_environment({"TRACKER_DATA": str(tmp_path / "data")} | values)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRACKER_PORT", "many"),
        ("TRACKER_PORT", "0"),
        ("TRACKER_PORT", "99999"),
        ("MAIL_PORT", "0"),
        ("TRACKER_WORKERS", ""),
        ("TRACKER_WORKERS", "0"),
        ("TRACKER_THREADS", "0"),
        ("TRACKER_PROXIES", "-1"),
        ("SITE_TIMEZONE", ""),
        ("SITE_TIMEZONE", "Asia"),
        ("SITE_TIMEZONE", "Asia/Shangai"),
        ("SITE_TIMEZONE", "../etc/passwd"),
        ("TRACKER_PRODUCTION", "perhaps"),
        ("MAIL_USE_TLS", "2"),
        ("MAIL_REPLY", "reply"),
        ("MAIL_REPLY", "reply+x@example.org"),
        ("MAIL_REPLY", "回复@example.org"),
        ("MAIL_REPLY", "Site <reply@example.org>"),
        ("MAIL_REPLY", "a" * 26 + "@example.org"),
        ("MAIL_REPLY", "reply@localhost"),
        ("MAIL_SENDER", ""),
        ("MAIL_SENDER", "notices"),
        ("MAIL_SENDER", "Site <notices@example.org>"),
        ("MAIL_SENDER", "通知@example.org"),
        ("MAIL_BOUNCE", "bounces@"),
        ("MAINTAINERS", "a@example.org, b.example.org"),
        ("MAINTAINERS", "a@example.org;b@example.org"),
        ("CONTACT_EMAIL", ""),
        ("CONTACT_EMAIL", "contact at example.org"),
        ("MAIL_CAFILE", "/nowhere.pem"),
        ("MAIL_CAFILE", "tests"),
        ("MAIL_CAFILE", "config.py"),
        ("CN_COPYRIGHT_COUNTER", "never"),
        ("BASE_URL", "www.example.org"),
        ("BASE_URL", "ftp://www.example.org"),
        ("BASE_URL", "https://www.example.org/path"),
        ("BASE_URL", "https://www.example.org?x"),
        ("BASE_URL", "https://www.example.org:many"),
        ("BASE_URL", "https://[::1"),
        ("BASE_URL", "https://:8000"),
        ("BASE_URL", "https://user:password@www.example.org"),
        ("BASE_URL", "https://www.example .org"),
        ("BASE_URL", "https://WWW.example.org"),
        ("BASE_URL", "https://例子.example"),
        ("TRACKER_HOST", ""),
        ("TRACKER_HOST", "localhost"),
        ("TRACKER_HOST", "300.1.1.1"),
        ("TRACKER_PORT", "8000.0"),
        ("TRACKER_CONTENT", "/nothing/here"),
        ("TRACKER_CONTENT", "tests"),
        ("TRACKER_DATA", "/proc/tracker"),
        ("TRACKER_DATA", "config.py"),
        ("TRACKER_DATA", "config.py/data"),
        ("DATABASE_URL", "mysql://db.example.org/tracker"),
        ("DATABASE_URL", "tracker.db"),
        ("DATABASE_URL", "postgresql://tracker@db.example.org:port/tracker"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite://host/tracker.db"),
        ("DSA_ROLE", "yes"),
        ("DSA_ROLE", "Platform"),
        ("DSA_SIZE", ""),
        ("DSA_SIZE", "large"),
    ],
)
def test_a_senseless_setting_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{variable} ") as refused:
        read(tmp_path, **{variable: value})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("BASE_URL", ""),
        ("BASE_URL", "http://www.example.org"),
        ("MAIL_SERVER", ""),
        ("TRACKER_CLOCK_FILE", "clock"),
        ("CONTACT_NAME", ""),
        ("CONTACT_PHONE", ""),
        ("CONTACT_EMAIL", " "),
        ("MAINTAINERS", ","),
        ("MAIL_SENDER", ""),
    ],
)
def test_production_refuses(tmp_path: Path, variable: str, value: str) -> None:
    assert read(tmp_path, **SOUND).production
    with pytest.raises(ConfigError, match=variable):
        read(tmp_path, **SOUND | {variable: value})


def test_production_starts_with_nothing_invented(tmp_path: Path) -> None:
    for name in ("CONTACT_NAME", "CONTACT_PHONE", "CONTACT_EMAIL", "MAINTAINERS", "MAIL_SENDER"):
        with pytest.raises(ConfigError, match=name):
            read(tmp_path, **{variable: value for variable, value in SOUND.items() if variable != name})


def test_a_password_is_not_sent_in_the_open(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MAIL_USERNAME"):
        read(tmp_path, MAIL_USERNAME="tracker", MAIL_USE_TLS="0")


def test_without_a_secret_one_is_made_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_of_many_that_start_at_once_all_have_the_same_secret(tmp_path: Path) -> None:
    started = threading.Barrier(16)
    keys: list[str] = []

    def start() -> None:
        started.wait()
        keys.append(read(tmp_path).secret_key)

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_who_comes_second_takes_the_secret_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(length: int) -> str:
        (tmp_path / "data" / "secret_key").write_text("k" * 64)
        return "x" * length * 2

    monkeypatch.setattr("config.secrets.token_hex", overtaken)
    assert read(tmp_path).secret_key == "k" * 64


@pytest.mark.parametrize("damaged", [b"", b"short", b"\n", b"\xff\xfe" * 40])
def test_a_damaged_secret_is_not_used(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_bytes(damaged)
    with pytest.raises(ConfigError, match=r"^SECRET_KEY "):
        read(tmp_path)
    assert read(tmp_path, SECRET_KEY="given").secret_key == "given"


def test_a_file_is_looked_for_from_the_projects_folder(tmp_path: Path) -> None:
    assert read(tmp_path, DATABASE_URL="sqlite:///x/t.db").database_url == f"sqlite:///{ROOT}/x/t.db"
    assert read(tmp_path, DATABASE_URL="sqlite:////x/t.db").database_url == "sqlite:////x/t.db"
    assert read(tmp_path, TRACKER_CONTENT="content").content == ROOT / "content"


def test_each_setting_is_read_from_its_variable(tmp_path: Path) -> None:
    config = read(
        tmp_path, OLD_SECRET_KEYS=" a, b,", MAIL_USE_SSL="on", TRACKER_THREADS="3", BASE_URL="http://a.example/"
    )
    assert config.old_secret_keys == ("a", "b")
    assert (config.mail_use_ssl, config.threads, config.base_url) == (True, 3, "http://a.example")
    assert read(tmp_path, MAIL_SENDER="a@example.org").mail_bounce == "a@example.org"
    assert read(tmp_path, MAIL_REPLY="a.b-c@example.org").mail_reply == "a.b-c@example.org"
    variables = [setting.metadata["variable"] for setting in fields(Config)]
    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_postgresql_address_gets_the_driver(tmp_path: Path, scheme: str) -> None:
    assert read(tmp_path, DATABASE_URL=f"{scheme}://db.example.org/t").database_url == (
        "postgresql+psycopg://db.example.org/t"
    )


def test_the_defaults_are_one_machine(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path}/data/tracker.db"
    assert config.base_url == "http://127.0.0.1:8000"
    assert read(tmp_path, TRACKER_HOST="0.0.0.0", BASE_URL="").base_url == "http://localhost:8000"
    assert read(tmp_path, TRACKER_HOST="::").base_url == "http://localhost:8000"
    assert read(tmp_path, TRACKER_HOST="::1").base_url == "http://[::1]:8000"
    assert not config.production
