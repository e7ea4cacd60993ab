"""`tracker mail receive`: one message from a mail server's pipe, added to the thread it answers."""

import logging
import os
import sys
from typing import NoReturn

import click
from flask.cli import ScriptInfo
from sqlalchemy.exc import IntegrityError

from tracker import clock
from tracker.cli.readiness import ready
from tracker.db import transaction
from tracker.domain.errors import Busy, DomainError, TooMany
from tracker.mail.headers import Head, head
from tracker.mail.inbound import failure, letter
from tracker.render.site import Site
from tracker.services import inbound, serving, threads

LONGEST = 150 * 1024 * 1024
"""Ten files of ten megabytes in base64, and the words."""

log = logging.getLogger(__name__)


@click.group("mail")
def mail() -> None:
    """Take in mail."""


@mail.command()
@click.option("--recipient", "recipients", multiple=True, help="To whom the mail server delivers it (the envelope).")
@click.pass_context
def receive(context: click.Context, recipients: tuple[str, ...]) -> None:
    """Add the message on standard input to the thread it answers.

    Ends with 0 when it was added or is to be ignored, 65 when it is no message, 67 when it answers nothing of ours, 69
    when a rule refuses it, and 75, so that the mail server tries again later, for everything that may pass.
    """
    content = sys.stdin.buffer.read(LONGEST + 1)
    try:
        site = _site(context)
        said = _received(site, content, recipients)
    except Busy:
        _end(os.EX_TEMPFAIL, "the database is busy, try again later")
    except DomainError as error:
        log.warning("a mail was refused: %s", error)
        _end(os.EX_UNAVAILABLE, "this cannot be added where the case stands now; its page says what can be done")
    except Exception:  # a fault of ours must cost no mail
        log.exception("a mail could not be read")
        _end(os.EX_TEMPFAIL, "something failed here, try again later")
    click.echo(f"tracker: {said}")


def _site(context: click.Context) -> Site:
    """Return the site; settings that are wrong or a database that is away pass, and the mail waits for that."""
    try:
        app = context.ensure_object(ScriptInfo).load_app()
        context.with_resource(app.app_context())
        return ready()[1]
    except SystemExit as wrong:
        _end(os.EX_TEMPFAIL, str(wrong).removeprefix("tracker: "))


def _end(code: int, said: str) -> NoReturn:
    click.echo(f"tracker: {said}", err=True)
    sys.exit(code)


def _received(site: Site, content: bytes, recipients: tuple[str, ...]) -> str:
    """Do with a message what is to be done and say what that was."""
    found = head(content)
    if found is None:
        _end(os.EX_DATAERR, "this is no message")
    if len(content) > LONGEST:
        _end(os.EX_DATAERR, "this message is too large; files can be added on the page of the notice")
    if found.is_report:
        return _reported(site, content)
    if found.automatic:
        return f"ignored: {found.automatic}"
    return _answer(site, found, content, recipients)


def _reported(site: Site, content: bytes) -> str:
    gone = failure(content)
    if gone is None:
        return "ignored: a report that tells of nothing lost"
    with transaction():
        is_ours = serving.bounced(site, gone.message_ids, gone.said, clock.now())
    return "a mail came back, and is marked as bounced" if is_ours else "ignored: a report on a mail that is not ours"


def _answer(site: Site, sent: Head, content: bytes, recipients: tuple[str, ...]) -> str:
    found = inbound.find(site, sent, recipients)
    if inbound.is_ours(site, sent, found):
        return "ignored: we sent it ourselves"
    if found is None:
        _end(
            os.EX_NOUSER, "this answers no mail of ours, or not from the address we wrote to; please use the link in it"
        )
    key = inbound.key(found, sent, content)
    if threads.is_known(key):
        return "ignored: it came before"
    message = inbound.prepare(site, found, sent, letter(content))
    if not message.text and not message.files:
        return "ignored: it is empty"
    return _added(site, found, sent, message, key)


def _added(site: Site, found: inbound.Found, sent: Head, message: inbound.Message, key: str) -> str:
    try:
        with transaction():
            inbound.add(site, found, sent, message, clock.now(), key)
    except IntegrityError:  # the same mail was delivered at the same moment, and came first
        if not threads.is_known(key):
            raise
        return "ignored: it came before"
    except TooMany:
        log.warning(
            "more than %d mails in a day from one mailbox, kept waiting: %s %d", inbound.PER_DAY[0], *found.thread
        )
        _end(os.EX_TEMPFAIL, "too many in a day from one mailbox, try again later")
    return "added"
