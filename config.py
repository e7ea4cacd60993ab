"""Settings from the environment, checked at the start; the only reader of os.environ."""

import ipaddress
import os
import re
import secrets
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tracker.contact import mailable
from tracker.domain.redress import CounterRule
from tracker.domain.roles import Role

ROOT = Path(__file__).parent

_BOUNDS = {
    "TRACKER_PORT": (1, 65535),
    "MAIL_PORT": (1, 65535),
    "TRACKER_WORKERS": (1, 256),
    "TRACKER_THREADS": (1, 1024),
    "TRACKER_PROXIES": (0, 10),
    "TRACKER_EXPOSURE_LIMIT": (1, 100_000),
    "DECISION_GRACE_SECONDS": (0, 3600),
}

_CHOICES = {
    "dsa_role": ("none", "hosting", "platform"),  # what the site is under Regulation (EU) 2022/2065, if anything
    "dsa_size": ("micro", "small", "larger"),  # how large its operator is
    "cn_copyright_counter": tuple(CounterRule),
}

_ADDRESSES = ("contact_email", "maintainers", "mail_sender", "mail_bounce", "mail_reply")

_NAMED_IN_PRODUCTION = ("CONTACT_NAME", "CONTACT_PHONE", "CONTACT_EMAIL", "MAINTAINERS", "MAIL_SENDER")
"""Their defaults are invented: a real site that showed them would send notices and questions to nobody."""
_SHORTEST_KEY = 32
_NAME = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]")
"""A host as browsers write it: what is not spelled so stands in no Origin, and fits no passkey."""
_REPLY = re.compile(r"[A-Za-z0-9._-]{1,25}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""What is put behind the first part must fit into the 64 octets that SMTP gives it."""


class ConfigError(Exception):
    """A setting is missing or senseless; the message names the variable and the cure."""


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _flag(name: str, value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigError(f"{name} must be 1 or 0, not {value!r}")


def _number(name: str, value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise ConfigError(f"{name} must be a whole number, not {value!r}") from None
    fewest, most = _BOUNDS[name]
    if not fewest <= number <= most:
        raise ConfigError(f"{name} must be from {fewest} to {most}, not {value}")
    return number


def _setting(variable: str, default: str = "") -> Any:
    return field(default=default, metadata={"variable": variable})


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting with its variable and its default; `from_environment` is the way to make one."""

    production: bool = _setting("TRACKER_PRODUCTION", "0")
    host: str = _setting("TRACKER_HOST", "127.0.0.1")
    port: int = _setting("TRACKER_PORT", "8000")
    workers: int = _setting("TRACKER_WORKERS", "2")
    threads: int = _setting("TRACKER_THREADS", "1024")  # made as needed; a form that is sent slowly keeps one waiting
    proxies: int = _setting("TRACKER_PROXIES", "0")
    exposure_limit: int = _setting("TRACKER_EXPOSURE_LIMIT", "40")  # uncovered passages a day before a quiet word
    data: Path = _setting("TRACKER_DATA", "instance")
    content: Path = _setting("TRACKER_CONTENT", "content")
    clock_file: str = _setting("TRACKER_CLOCK_FILE")
    base_url: str = _setting("BASE_URL")
    database_url: str = _setting("DATABASE_URL")
    secret_key: str = _setting("SECRET_KEY")
    old_secret_keys: tuple[str, ...] = _setting("OLD_SECRET_KEYS")
    timezone: str = _setting("SITE_TIMEZONE", "Asia/Shanghai")
    dsa_role: str = _setting("DSA_ROLE", "none")
    dsa_size: str = _setting("DSA_SIZE", "micro")
    site_name: str = _setting("SITE_NAME", "普惠金融观察")
    site_name_en: str = _setting("SITE_NAME_EN", "Inclusive Finance Watch")
    site_greeting: str = _setting("SITE_GREETING", "您好！欢迎访问逾期频道。")
    site_greeting_en: str = _setting("SITE_GREETING_EN", "Plain answers about borrowing, collection and your rights.")
    decision_grace: int = _setting("DECISION_GRACE_SECONDS", "60")
    contact_name: str = _setting("CONTACT_NAME", "编辑部")
    contact_phone: str = _setting("CONTACT_PHONE", "13800000000")
    contact_email: str = _setting("CONTACT_EMAIL", "contact@example.org")
    contact_address: str = _setting("CONTACT_ADDRESS")
    icp_number: str = _setting("ICP_NUMBER")
    police_number: str = _setting("POLICE_NUMBER")
    maintainers: tuple[str, ...] = _setting("MAINTAINERS", "maintainers@example.org")
    second_factor_roles: tuple[str, ...] = _setting("SECOND_FACTOR_ROLES")
    cn_copyright_counter: CounterRule = _setting("CN_COPYRIGHT_COUNTER", "civil_code")
    mail_server: str = _setting("MAIL_SERVER")
    mail_port: int = _setting("MAIL_PORT", "587")
    mail_use_tls: bool = _setting("MAIL_USE_TLS", "1")
    mail_use_ssl: bool = _setting("MAIL_USE_SSL", "0")
    mail_username: str = _setting("MAIL_USERNAME")
    mail_password: str = _setting("MAIL_PASSWORD")
    mail_cafile: str = _setting("MAIL_CAFILE")
    mail_sender: str = _setting("MAIL_SENDER", "notices@example.org")
    mail_bounce: str = _setting("MAIL_BOUNCE")
    mail_reply: str = _setting("MAIL_REPLY")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and check every setting; raise ConfigError naming the variable that is wrong."""
        given = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for setting in fields(cls):
            name = setting.metadata["variable"]
            values[setting.name] = _typed(setting.type, name, given.get(name, str(setting.default)))
        if values["production"]:
            _check_named(given)
        return cls(**_completed(values))

    def is_default(self, name: str) -> bool:
        """Say whether a setting is what it is when nobody sets its variable."""
        setting = next(each for each in fields(self) if each.name == name)
        default = _typed(setting.type, setting.metadata["variable"], str(setting.default))
        return bool(getattr(self, name) == default)


def _typed(kind: Any, name: str, value: str) -> Any:
    if kind is bool:
        return _flag(name, value)
    if kind is int:
        return _number(name, value)
    if kind is Path:
        return (ROOT / value).resolve()
    return _list(value) if kind == tuple[str, ...] else value


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Fill in what follows from other settings, and refuse what would be unsafe."""
    values["base_url"] = (values["base_url"] or f"http://{_host(values['host'])}:{values['port']}").rstrip("/")
    values["database_url"] = _driver(values["database_url"] or f"sqlite:///{values['data'] / 'tracker.db'}")
    values["mail_bounce"] = values["mail_bounce"] or values["mail_sender"]
    values["second_factor_roles"] = _roles(values["second_factor_roles"], is_production=values["production"])
    if values["production"]:
        _check_production(values)
    _check(values)
    _check_mail(values)
    values["cn_copyright_counter"] = CounterRule(values["cn_copyright_counter"])
    _check_zone(values["timezone"])
    try:
        values["data"].mkdir(mode=0o700, parents=True, exist_ok=True)
        values["secret_key"] = values["secret_key"] or _kept_secret(values["data"] / "secret_key")
    except OSError as error:
        raise ConfigError(f"TRACKER_DATA must be a folder that can be written to: {error}") from None
    return values


def _host(listening: str) -> str:
    """Return the host at which a browser on this machine finds the server; raise ConfigError for what it cannot listen at."""
    try:
        address = ipaddress.ip_address(listening)
    except ValueError:
        raise ConfigError(f"TRACKER_HOST must be an address such as 127.0.0.1 or 0.0.0.0, not {listening!r}") from None
    if address.is_unspecified:
        return "localhost"  # no browser can go to "everywhere"
    return f"[{address}]" if address.version == 6 else str(address)


def _driver(url: str) -> str:
    """Return the address with the driver that is installed; a file is looked for from the project's folder.

    What is wrong with one is not said, as a password may stand in it.
    """
    scheme, _, rest = url.partition("://")
    found = ""
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        found = f"postgresql+psycopg://{rest}"
    elif scheme == "sqlite" and rest.startswith("/") and rest not in {"/", "/:memory:"}:
        found = f"sqlite:///{ROOT / rest[1:]}"
    try:
        make_url(found)
    except (ArgumentError, ValueError):  # nothing like an address; a port that is no number
        cure = "must look like postgresql://user@host/name or sqlite:////folder/file.db"
        raise ConfigError(f"DATABASE_URL {cure}") from None
    return found


def _roles(named: tuple[str, ...], *, is_production: bool) -> tuple[str, ...]:
    """Return the roles that sign in with a second factor; to every other it is offered."""
    if not named:
        return (Role.ADMIN, Role.REVIEWER) if is_production else ()
    if named == ("none",):
        return ()
    if strange := set(named) - set(Role):
        raise ConfigError(f"SECOND_FACTOR_ROLES must be roles such as admin,reviewer, or none, not {strange.pop()!r}")
    return named


def _check(values: Mapping[str, Any]) -> None:
    if not (values["content"] / "categories.yml").is_file():
        raise ConfigError(f"TRACKER_CONTENT must be a folder with a categories.yml; {values['content']} has none")
    if not _is_origin(values["base_url"]):
        raise ConfigError(
            "BASE_URL must look like https://www.example.org: small letters, no path; a name in another script as xn--…"
        )
    for name, choices in _CHOICES.items():
        if values[name] not in choices:
            raise ConfigError(f"{name.upper()} must be one of {', '.join(choices)}, not {values[name]!r}")


def _check_mail(values: Mapping[str, Any]) -> None:
    if values["mail_username"] and not (values["mail_use_tls"] or values["mail_use_ssl"]):
        raise ConfigError("MAIL_USERNAME would be sent without encryption: set MAIL_USE_TLS=1 or MAIL_USE_SSL=1")
    if values["mail_reply"] and not _REPLY.fullmatch(values["mail_reply"]):
        raise ConfigError("MAIL_REPLY must look like reply@example.org, short, in ASCII and without a +")
    for name in _ADDRESSES:
        for address in values[name] if isinstance(values[name], tuple) else (values[name],):
            if mailable(address)[1] and (address or name != "mail_reply"):  # which need not be set
                cure = "must be an address to which mail can go, such as name@example.org"
                raise ConfigError(f"{name.upper()} {cure}, not {address!r}")
    try:
        if values["mail_cafile"]:
            ssl.create_default_context(cafile=values["mail_cafile"])
    except OSError as error:  # cannot be read, or holds none
        raise ConfigError(f"MAIL_CAFILE must be a file of certificates (PEM) that can be read: {error}") from None


def _is_origin(address: str) -> bool:
    try:
        url = urlsplit(address)
        has_more = url.port == 0 or url.path or url.query or url.fragment
        name = url.netloc if url.port is None else url.netloc.rpartition(":")[0]
        return url.scheme in {"http", "https"} and bool(_NAME.fullmatch(name)) and not has_more
    except ValueError:  # a port that is no number, a bracket that does not close
        return False


def _check_production(values: Mapping[str, Any]) -> None:
    if len(values["secret_key"]) < _SHORTEST_KEY:
        raise ConfigError("SECRET_KEY must be set to at least 32 random characters in production")
    if not values["base_url"].startswith("https://"):
        raise ConfigError("BASE_URL must be the site's https:// address in production")
    if not values["mail_server"]:
        raise ConfigError("MAIL_SERVER must be set in production: notices are acknowledged by e-mail")
    if values["clock_file"]:
        raise ConfigError("TRACKER_CLOCK_FILE moves the clock and is for tests; unset it in production")


def _check_named(given: Mapping[str, str]) -> None:
    for name in _NAMED_IN_PRODUCTION:
        if not _list(given.get(name, "")):
            raise ConfigError(f"{name} must be set in production: the default is an invented one")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name at all; the name of a folder of zones
        raise ConfigError(f"SITE_TIMEZONE must be a zone such as Asia/Shanghai, not {name!r}") from None


def _kept_secret(file: Path) -> str:
    """Return the key kept in the data folder, made at the first start; readable by its owner only.

    Written beside and linked into place: whoever finds the file finds it whole, and of two that start at once one wins.
    """
    if not file.exists():
        written = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(written, file)
        written.unlink()
    key = file.read_text(errors="replace").strip()
    if len(key) < _SHORTEST_KEY or not key.isascii():
        raise ConfigError(f"SECRET_KEY is not set and the one kept in {file} is damaged: restore the file, or set it")
    return key
