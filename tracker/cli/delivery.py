"""`tracker worker`: deliver mail and do what is due."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

import click
from flask.cli import with_appcontext

from tracker import clock
from tracker.cli.readiness import ready, stop_on_signal
from tracker.db import transaction
from tracker.domain.errors import Busy, DomainError
from tracker.mail.replies import Fate, fate, told
from tracker.mail.transport import TIMEOUT, send
from tracker.models import Mail, MailState
from tracker.render.site import Site
from tracker.services import due, mails, publication, retention, serving, upkeep

ROUND = 30.0
"""Seconds after which `deliver` returns, so that its `now` stays true."""

PAUSE = 1.0
"""Seconds to wait when nothing is due."""

UPKEEP_EVERY = 60.0

log = logging.getLogger(__name__)


@click.command()
@with_appcontext
def worker() -> None:
    """Deliver mail and do what is due; any number may run."""
    _, site = ready()
    stopping = stop_on_signal()
    upkeep_at = 0.0
    while not stopping.is_set():
        try:
            if time.monotonic() >= upkeep_at:
                upkeep_at = time.monotonic() + UPKEEP_EVERY
                with transaction():
                    upkeep.tidy(clock.now())
                with transaction():
                    publication.refresh(site, clock.now())
                do_what_is_due(site, clock.now(), is_over=stopping.is_set)
            sent = deliver(site, clock.now(), is_over=stopping.is_set)
        except Busy as error:
            log.warning("the database did not take the work, trying again: %s", error.__cause__ or error)
            sent = 0
        except Exception as error:  # `serve` ends with its worker, and the site would with it
            log.error("the worker goes on after %s", error, exc_info=error)
            sent = 0
        if not sent:
            stopping.wait(PAUSE)


def do_what_is_due(site: Site, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Do all that time alone brings about, each in a transaction of its own. Any number of workers may do it at once."""
    with transaction():
        due.recount(site, now)
        retention.erase_old_identities(now)
    for clock_id in due.near(site, now):
        with transaction():
            due.warn(site, clock_id, now)
    while not is_over():
        number = due.expired(now)
        if number is None:
            break
        try:
            with transaction():
                due.fire(site, number, now)
        except Busy:
            raise
        except Exception as error:  # what should follow cannot: a person must look, and the next clock has its turn
            log.error("clock %s: %s", number, error, exc_info=not isinstance(error, DomainError))
            with transaction():
                due.set_aside(site, number, now)


def deliver(site: Site, now: datetime, timeout: float = TIMEOUT, is_over: Callable[[], bool] = lambda: False) -> int:
    """Send the mails that are due, one at a time, and return how many went out.

    Each is claimed and accounted for in a transaction of its own; none is open while the mail server is spoken to.
    Stops early when every further mail would fail as well, and after the mail in hand once `is_over` says so. Any number of workers may run it side by side.
    """
    until = time.monotonic() + ROUND
    sent = 0
    while time.monotonic() < until and not is_over():
        with transaction():
            mail = mails.claim(now)
        if mail is None:
            break
        if mail.state is MailState.HELD:
            continue
        error = _attempt(site, mail, timeout)
        outcome = fate(error)
        with transaction():
            serving.settle(site, mail, outcome, told(error), now)
        sent += outcome is Fate.SENT
        if outcome is Fate.ALL_WAIT:
            break
    return sent


def _attempt(site: Site, mail: Mail, timeout: float) -> Exception | None:
    try:
        send(site, mail, timeout)
    except Exception as error:  # whatever it is, the next mail must have its turn
        return error
    return None
