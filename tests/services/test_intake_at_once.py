"""Many processes at once: one case; the same key fifty times: one notice."""

import subprocess
import sys
from datetime import datetime

import pytest
from sqlalchemy import func, select

from config import ROOT, Config
from tests.notifier import publish, submission
from tests.staff import at_once
from tests.test_db import environment
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind
from tracker.models import AuditEntry, Case, Clock, Item, Notice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import notices

pytestmark = pytest.mark.slow

PROCESSES = 16

SUBMITTER = """
import gc, multiprocessing, sys
from contextlib import suppress
from datetime import UTC, datetime
from config import Config
from tests.notifier import submission
from tracker import turn
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.services import notices

turn.PATIENCE = 60.0  # how long one waits is another matter: the disk of a busy machine may stand still for seconds
app = create_app(Config.from_environment())
site, count = app.extensions["site"], int(sys.argv[1])
barrier = multiprocessing.get_context("fork").Barrier(count)

def submit(number, turn):
    sent = submission(f"{number:020}-{turn:022}", email=f"n{number}@example.org", addresses="alpha")
    notices.submit(site, sent, datetime.now(UTC))

with app.app_context():  # templates and statements are compiled once, as in a server that has been running for a while
    with suppress(InterruptedError), transaction():
        submit(count, 0)  # opens the case
        db.session.expire_all()
        submit(count + 1, 0)  # joins it
        raise InterruptedError
    db.session.remove()
    db.engine.dispose()
gc.collect()
gc.freeze()  # else each child's first collection copies all that was imported, while the others wait for their turn

def send(number):
    with app.app_context():
        barrier.wait()
        for turn in range(3):
            with transaction():
                submit(number, turn)

workers = [multiprocessing.get_context("fork").Process(target=send, args=(n,)) for n in range(count)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print(*[worker.exitcode for worker in workers])
"""


def test_sixteen_processes_at_once_open_one_case(site: Site, config: Config, now: datetime) -> None:
    publish(site, "alpha", now)
    db.session.remove()
    command = [sys.executable, "-c", SUBMITTER, str(PROCESSES)]
    done = subprocess.run(command, cwd=ROOT, env=environment(config), text=True, capture_output=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["0"] * PROCESSES, "")
    (case,) = db.session.scalars(select(Case)).all()
    counts = [db.session.scalar(select(func.count()).select_from(table)) for table in (Notice, Item)]
    assert counts == [PROCESSES * 3] * 2
    assert case.version == PROCESSES * 3
    # each waits for its own answer, and for its own acknowledgement, whoever else's it may be
    assert db.session.scalar(select(func.count()).where(Item.answered_at.is_(None))) == PROCESSES * 3
    subjects = db.session.scalars(select(Clock.subject).where(Clock.kind == ClockKind.ACK)).all()
    assert sorted(subjects) == sorted(f"notice:{number}" for number in db.session.scalars(select(Notice.id)))
    opened = select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "case.opened")
    assert db.session.scalar(opened) == 1
    assert trail.fault() is None


def test_the_same_key_fifty_times_at_once_is_one_notice(site: Site, app: object, now: datetime) -> None:
    publish(site, "alpha", now)
    db.session.remove()

    def send() -> int:
        with transaction():
            return notices.submit(site, submission("k" * 43), now).id

    sent = at_once(app, [send] * 50)  # type: ignore[arg-type]
    assert set(sent) == {1}
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 1
