"""`tracker worker`: deliver mail and do what is due."""

import logging
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from tracker import clock
from tracker.cli import articles
from tracker.cli.proving import prove
from tracker.cli.readiness import ready, stop_on_signal
from tracker.db import transaction
from tracker.domain.errors import Busy, DomainError, Paused
from tracker.mail.replies import Fate, fate, told
from tracker.mail.transport import TIMEOUT, send
from tracker.models import Mail, MailState
from tracker.queries import trail_steps, week
from tracker.render.site import Site
from tracker.services import (
    due,
    figures,
    gathering,
    generations,
    heat,
    indexing,
    lines,
    mails,
    publication,
    retention,
    samples,
    serving,
    settings,
    upkeep,
    verification,
    views,
    weekly,
)

ROUND = 30.0
"""Seconds after which `deliver` and `follow` return, so that their `now` stays true."""

PAUSE = 1.0
"""Seconds to wait when nothing is due."""

UPKEEP_EVERY = timedelta(minutes=1)

MOST_LEFT = 100
"""Pages that could not be made after which the others wait for the next time: the fault is in all of them."""

UNTIL_RESUMED = 5.0
"""Seconds after which a worker of a site that is read-only looks again."""

log = logging.getLogger(__name__)

T = TypeVar("T")


@click.command()
@with_appcontext
def worker() -> None:
    """Deliver mail and do what is due; any number may run."""
    _, base = ready()
    stopping = stop_on_signal()
    name, started_at = f"{socket.gethostname()}:{os.getpid()}", clock.now()
    looked_at: datetime | None = None
    while not stopping.is_set():
        try:
            site = settings.in_force(base)
            refresh(site, is_over=stopping.is_set)  # before it is proved that decisions hold
            now = clock.now()
            if looked_at is None or not timedelta() <= now - looked_at < UPKEEP_EVERY:  # or the clock was put back
                looked_at = now
                _try("heartbeat", lambda: upkeep.beat(name, started_at, clock.now()))
                come_round(site, is_over=stopping.is_set)
            sent = deliver(site, clock.now(), is_over=stopping.is_set)
            is_checking = go_on(site, is_over=stopping.is_set)
        except Paused as error:
            log.info("%s", error)
            stopping.wait(UNTIL_RESUMED)
            sent, is_checking = 0, False
        except Busy as error:
            log.warning("the database did not take the work, trying again: %s", error.__cause__ or error)
            sent, is_checking = 0, False
        except Exception as error:  # `serve` ends with its worker, and the site would with it
            log.error("the worker goes on after %s", error, exc_info=error)
            sent, is_checking = 0, False
        if not sent and not is_checking:
            stopping.wait(PAUSE)


def come_round(site: Site, is_over: Callable[[], bool] = lambda: False) -> None:
    """Do what comes round once a minute: the small things, and the proof that decisions hold."""
    _part("upkeep", lambda: keep_up(site, clock.now(), is_over))
    _part("proving", lambda: prove(site, clock.now(), is_over))


def go_on(site: Site, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Do a little of what is never finished; say whether a check of the trail is under way.

    Each part for itself: a fault of one holds up neither the others nor the mail.
    """
    _part("restyling", lambda: restyle(site, is_over))
    _part("following", lambda: follow(clock.now(), is_over))
    return _part("the check of the trail", lambda: check_trail(site, clock.now())) or False


def _part(what: str, act: Callable[[], T]) -> T | None:
    """Do one part of a round, in transactions of its own, and log the fault that ends it; what is busy or paused is so for all."""
    try:
        return act()
    except (Busy, Paused):
        raise
    except Exception as error:
        log.error("the worker goes on after %s: %s", what, error, exc_info=error)
        return None


def keep_up(site: Site, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Do what small things are due, each in a transaction of its own."""
    _try("upkeep", lambda: upkeep.tidy(site, now))
    _try("the nightly check", lambda: verification.nightly(now))
    _try("what time has turned", lambda: publication.turn(site, now))
    _try("heat", lambda: heat.follow(site, now))
    do_what_is_due(site, now, is_over)
    settle_index(is_over)
    send_views(site, now)
    count_figures(site, now)
    with transaction():
        samples.draw(site, now)
        weekly.send(site, now)


def count_figures(site: Site, now: datetime) -> None:
    """Count the weeks whose figures are due; read outside of the transaction that stores them."""
    for number in figures.due(site, now):
        counted = week.numbers(site, number)
        with transaction():
            figures.store(number, counted, now)


def check_trail(site: Site, now: datetime) -> bool:
    """Do one step of the check of the trail that is under way; say whether there was one."""
    step = trail_steps.next_step()
    if step is None:
        return False
    with transaction():
        verification.note(site, step, now)
    return True


def restyle(site: Site, is_over: Callable[[], bool] = lambda: False) -> None:
    """Bring changed settings onto the pages that readers see, in a generation of its own; mail goes on between batches."""
    if not generations.is_behind(site):
        return
    for _ in articles.building(site):
        if is_over():
            break
        deliver(site, clock.now(), is_over=is_over)


def refresh(site: Site, is_over: Callable[[], bool] = lambda: False) -> None:
    """Make again the pages that acts and time have put out of date, so that readers get them from their row; some at a time.

    One that cannot be made holds up no other: it is named in the log, and its readers learn of the same fault.
    """
    left: set[str] = set()
    while not is_over() and len(left) < MOST_LEFT:
        made_from, paths = publication.stale(site, clock.now(), left)
        if not paths:
            break
        if not _made(site, paths, made_from):
            left.update(path for path in paths if not _made(site, [path], made_from))
        deliver(site, clock.now(), is_over=is_over)


def _made(site: Site, paths: list[str], made_from: str) -> bool:
    return _try(f"making {paths[0]}", lambda: publication.write(site, paths, clock.now(), made_from))


def do_what_is_due(site: Site, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Do all that time alone brings about, each in a transaction of its own. Any number of workers may do it at once."""
    _try("recount", lambda: due.recount(site))
    _try("identities", lambda: retention.erase_old_identities(now))
    _try("what is kept long enough", lambda: retention.sweep(now))
    for clock_id in due.near(site, now):
        _try(f"reminder of clock {clock_id}", lambda clock_id=clock_id: due.warn(site, clock_id, now))  # type: ignore[misc]
    while not is_over():
        number = due.expired(now)
        if number is None:
            break
        if not _try(f"clock {number}", lambda: due.fire(site, number, now)):  # noqa: B023 - called at once
            _set_aside(site, number, now)


def _set_aside(site: Site, number: int, now: datetime) -> None:
    """Take a clock whose effect cannot be had out of the way: one fault must not hold up all the other limits."""
    if not _try(f"setting clock {number} aside", lambda: due.set_aside(site, number, now)):
        _try(f"dropping clock {number}", lambda: due.drop(number, now))


def _try(what: str, act: Callable[[], object], *, while_read_only: bool = False) -> bool:
    """Do one thing in a transaction of its own and say whether it was done; a database that fails is asked again later."""
    try:
        with transaction(while_read_only=while_read_only):
            act()
    except (Busy, OperationalError):  # not the fault of what was to be done: nothing is set aside for it
        raise
    except Exception as error:  # a rule refuses, or a fault of ours: a person must look, and the next has its turn
        log.error("%s: %s", what, error, exc_info=not isinstance(error, DomainError))
        return False
    return True


def send_views(site: Site, now: datetime) -> None:
    """Queue the mails of saved views that are due this morning, each in a transaction of its own."""
    for number in views.due(site, now):
        _try(f"view {number}", lambda number=number: views.send(site, number, now))  # type: ignore[misc]


def follow(now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Bring the order of the queue and the index of the search up to date, a little in each transaction.

    Returns after ROUND seconds at most, because mail waits; what is left is taken up the next time.
    """
    _follow(lambda: lines.is_behind(now), lambda: lines.turn(now), is_over)
    _follow(indexing.is_behind, indexing.take, is_over)


def _follow(is_behind: Callable[[], bool], step: Callable[[], int], is_over: Callable[[], bool]) -> None:
    until = time.monotonic() + ROUND
    while time.monotonic() < until and not is_over() and is_behind():
        with transaction():
            done = step()
        if not done:  # others are at it
            return


def settle_index(is_over: Callable[[], bool] = lambda: False) -> None:
    """Write the search's index anew where something was erased from it, in small steps, for ROUND seconds at most."""
    until, goes_on = time.monotonic() + ROUND, True
    while goes_on and time.monotonic() < until and not is_over():
        with transaction():
            goes_on = indexing.settle()


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
            if mail is not None and mail.state is not MailState.HELD:
                mail = gathering.gathered(site, mail, now)
        if mail is None:
            break
        if mail.state is MailState.HELD:
            continue
        error = _attempt(site, mail, timeout)
        outcome = fate(error)
        _settle(site, mail, outcome, error, now)
        sent += outcome is Fate.SENT
        if outcome is Fate.ALL_WAIT:
            break
    return sent


def _settle(site: Site, mail: Mail, outcome: Fate, error: Exception | None, now: datetime) -> None:
    """Write down what came of an attempt, with what follows from it; without that, rather than send the mail again."""

    def act() -> None:
        serving.settle(site, mail, outcome, told(error), now)

    if not _try(f"mail {mail.id}", act, while_read_only=True):  # it has gone out, whatever was switched meanwhile
        with transaction(while_read_only=True):
            mails.settle(mail, outcome, told(error), now)


def _attempt(site: Site, mail: Mail, timeout: float) -> Exception | None:
    try:
        send(site, mail, timeout)
    except Exception as error:  # whatever it is, the next mail must have its turn
        return error
    return None
