"""From a row to the wire: the message itself, Flask-Mail with verified TLS, and files where there is no mail server."""

import os
import re
import smtplib
import ssl
from contextlib import suppress
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

import flask_mail
from email_validator import EmailNotValidError
from flask import Flask, current_app

from config import Config
from tracker.contact import taken_apart
from tracker.domain.text import clean_line
from tracker.mail.outbox import SECRET
from tracker.mail.parts import SEALED
from tracker.mail.signed import reply_to
from tracker.models import Mail
from tracker.render.site import Site

TIMEOUT = 30.0
"""Seconds to wait for any one answer of the mail server."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class AddressError(ValueError):
    """No mail server could take mail for this address."""


class SetupError(Exception):
    """The settings or this machine are at fault, not the mail: every mail would fail."""


def ascii_address(address: str) -> str:
    """Return an address as SMTP takes it; raise AddressError when it is none, or its first part is not ASCII."""
    if _PLAIN.fullmatch(address):
        return address
    try:
        found = taken_apart(address)
    except EmailNotValidError as error:
        raise AddressError(str(error)) from None
    return f"{found.local_part}@{found.ascii_domain}"


class Message(flask_mail.Message):
    """A mail as it leaves: one recipient, headers in ASCII, bodies in base64, the secret in its place."""

    def __init__(self, site: Site, mail: Mail) -> None:
        recipient = ascii_address(mail.recipient)
        super().__init__(clean_line(mail.subject), [recipient], sender=ascii_address(site.config.mail_sender))
        self._content = _headers(site, mail, recipient) + _bodies(site, mail)

    def as_bytes(self) -> bytes:
        """Return the message with CRLF line ends."""
        return self._content

    def as_string(self) -> str:
        """Return the message; it is ASCII throughout."""
        return self._content.decode("ascii")


def _headers(site: Site, mail: Mail, recipient: str) -> bytes:
    """Return the header lines, written out here: Python 3.11 folds a long Message-ID into encoded words."""
    headers = {
        "From": formataddr(
            (
                _words("From", site.names.get(mail.language, site.names["zh-Hans"])),
                ascii_address(site.config.mail_sender),
            )
        ),
        "To": recipient,
        "Reply-To": ascii_address(reply_to(site, mail)),
        "Subject": _words("Subject", mail.subject),
        "Date": format_datetime(site.local(mail.created_at)),
        "Message-ID": clean_line(mail.message_id),
        "Auto-Submitted": "auto-replied" if mail.name == "acknowledgement" else "auto-generated",  # RFC 3834
        "Content-Language": clean_line(mail.language),
    }
    if mail.thread:
        headers |= {"In-Reply-To": clean_line(mail.thread), "References": clean_line(mail.thread)}
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


def _words(name: str, value: str) -> str:
    """Return a header's text on one line if it is short ASCII, else in encoded words (RFC 2047)."""
    value = clean_line(value)  # no line break from outside gets further than this
    if value.isascii() and len(value) < 60 and "=?" not in value:
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


def _bodies(site: Site, mail: Mail) -> bytes:
    text, html = mail.text, mail.html
    if mail.secret_purpose:
        secret = _secret(site, mail)
        text, html = text.replace(SECRET, secret), html.replace(SECRET, secret)
    bodies = EmailMessage(policy=SMTP)
    bodies.set_content(text, cte="base64")  # a line of Chinese may be longer than the 998 octets SMTP takes
    bodies.add_alternative(html, subtype="html", cte="base64")
    return bodies.as_bytes()


def _secret(site: Site, mail: Mail) -> str:
    if mail.secret_purpose == SEALED:
        return site.keys.unseal(mail.secret_subject, mail.secret_epoch)
    return site.keys.secret(mail.secret_purpose, mail.secret_subject, mail.secret_epoch)


class Connection(flask_mail.Connection):
    """A connection on which the server's certificate is checked and no wait is without end."""

    def __init__(self, mail: flask_mail.Mail, config: Config, timeout: float) -> None:
        super().__init__(mail)
        self._config = config
        self._timeout = timeout

    def __exit__(self, kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
        if self.host is not None:
            with suppress(OSError):  # the mail's own answer has come; a bad farewell changes nothing
                self.host.quit()
            self.host.close()

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in; raise SetupError rather than do so unsafely."""
        config = self._config
        where = (config.mail_server, config.mail_port, _greeting(config.base_url))
        host: smtplib.SMTP
        if config.mail_use_ssl:
            host = smtplib.SMTP_SSL(*where, timeout=self._timeout, context=_tls(config.mail_cafile))
        else:
            host = smtplib.SMTP(*where, timeout=self._timeout)
        try:
            self._let_in(host)
        except BaseException:
            host.close()
            raise
        return host

    def _let_in(self, host: smtplib.SMTP) -> None:
        config = self._config
        try:
            if config.mail_use_tls and not config.mail_use_ssl:
                host.starttls(context=_tls(config.mail_cafile))
            if config.mail_username:
                _refuse_open_password(host)
                host.login(config.mail_username, config.mail_password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            raise SetupError(f"the mail server does not let us in: {error}") from error


@cache  # reading the machine's authorities takes longer than sending a mail
def _tls(cafile: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile or None)
    except OSError as error:
        raise SetupError(f"MAIL_CAFILE cannot be read: {error}") from error


def _refuse_open_password(host: smtplib.SMTP) -> None:
    if host.sock is None or isinstance(host.sock, ssl.SSLSocket):
        return
    if not ip_address(host.sock.getpeername()[0]).is_loopback:
        raise SetupError("MAIL_PASSWORD would be sent without encryption: set MAIL_USE_TLS=1 or MAIL_USE_SSL=1")


class Mailer(flask_mail.Mail):
    """Flask-Mail with our settings and our connection."""

    def init_app(self, app: Flask) -> flask_mail._Mail:
        """Take the settings from `app.extensions["config"]`; mail is sent in tests too, and never printed."""
        config: Config = app.extensions["config"]
        app.config.update(
            MAIL_SERVER=config.mail_server,
            MAIL_PORT=config.mail_port,
            MAIL_DEFAULT_SENDER=config.mail_sender,
            MAIL_SUPPRESS_SEND=False,
            MAIL_DEBUG=False,
        )
        return super().init_app(app)

    def connect(self, timeout: float = TIMEOUT) -> Connection:
        """Return a connection to open with `with`."""
        extensions = current_app.extensions
        return Connection(extensions["mail"], extensions["config"], timeout)


mailer = Mailer()


def send(site: Site, mail: Mail, timeout: float = TIMEOUT) -> None:
    """Hand a mail to the mail server, or write it as a file when none is set; raise what went wrong."""
    message = Message(site, mail)
    if site.config.mail_server:
        with mailer.connect(timeout) as connection:
            connection.send(message, envelope_from=ascii_address(site.config.mail_bounce))
        return
    try:
        _write(site.config.data / "mail", f"{mail.created_at:%Y%m%dT%H%M%SZ}-{mail.id}.eml", message.as_bytes())
    except OSError as error:
        raise SetupError(f"mail cannot be written as a file: {error}") from error


def _write(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f".{name}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)


def _greeting(base_url: str) -> str:
    """Return the name to say hello with: the site's, not that of the machine, whose look-up may hang."""
    host = urlsplit(base_url).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"
