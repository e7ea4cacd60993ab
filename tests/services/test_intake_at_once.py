"""Many processes at once: one case; the same key fifty times: one notice. And nothing is too odd to be taken."""

import random
import subprocess
import sys
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from config import ROOT, Config
from tests.notifier import WHOLE, publish, submission, submit
from tests.staff import at_once
from tests.test_db import environment
from tracker.db import db, transaction
from tracker.domain.text import clean
from tracker.models import AuditEntry, Case, Item, Mail, Notice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import notices

pytestmark = pytest.mark.slow

PROCESSES = 16

SUBMITTER = """
import multiprocessing, sys
from contextlib import suppress
from datetime import UTC, datetime
from config import Config
from tests.notifier import submission
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.services import notices

app = create_app(Config.from_environment())
site, count = app.extensions["site"], int(sys.argv[1])
barrier = multiprocessing.get_context("fork").Barrier(count)

def submit(number, turn):
    sent = submission(f"{number:020}-{turn:022}", email=f"n{number}@example.org", addresses="alpha")
    notices.submit(site, sent, datetime.now(UTC))

with app.app_context():  # templates and statements are compiled once, as in a server that has been running for a while
    with suppress(InterruptedError), transaction():
        submit(count, 0)
        raise InterruptedError
    db.session.remove()
    db.engine.dispose()

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

_LETTERS = (
    "催收逾期征信債務權利", "abc XYZ 0189", "ёжик Ω éàü", "اَلْعَرَبِيَّة עברית", "カタカナ ひらがな 한국어",
    "😀👨‍👩‍👧🇨🇳", "\t|—–…·•①", "<b>&amp;</b> {{ x }} {% y %} %s", "﷽𠮷𡃁", "\u200b\u202e\u00a0\u3000",
)  # fmt: skip
_BREAKS = ("\n", "\r\n", "\r", "\n\n\n", "\u2028")


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
    assert (
        db.session.scalar(select(func.count()).where(Item.answered_at.is_(None))) == PROCESSES
    )  # one for each mailbox
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


def odd_texts() -> list[str]:
    """Return 300 texts of 20 to 20,000 characters: lists, tables, several scripts, emoji, mixed line breaks."""
    chance = random.Random(20261124)
    texts = []
    for number in range(300):
        length = [20, 21, 80, 500, 3000, 19_000][number % 6]
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            start = chance.choice(["", "1. ", "- ", "（一）", "| a | b |", "> "])
            words = "".join(chance.choices("".join(chance.sample(_LETTERS, 3)), k=chance.randint(5, 60)))
            parts.append(start + words + chance.choice(_BREAKS))
        texts.append(f"{number}开头的话，说明事情的经过和理由就在下面这几行：" + "".join(parts)[: length - 20])
    return texts


@pytest.mark.parametrize("part", range(6))
def test_no_notice_is_too_odd(site: Site, client: FlaskClient, now: datetime, part: int) -> None:
    """What goes in comes out of the database, the mails and the pages unchanged up to `clean`."""
    publish(site, "alpha", now)
    for number, text in enumerate(odd_texts()[part::6]):
        with transaction():
            sent = notices.submit(
                site, submission(f"{number:043}", explanation=text, email=f"{number}@example.org"), now
            )
        kept = clean(text)
        assert db.session.scalar(select(Notice.answers).where(Notice.id == sent.id))["explanation"] == kept  # type: ignore[index]
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 50
    texts = db.session.scalars(select(Mail.text).where(Mail.name == "acknowledgement")).all()
    assert len(texts) == 50


def test_an_odd_notice_is_shown_as_it_was_sent(site: Site, client: FlaskClient, now: datetime) -> None:
    publish(site, "alpha", now)
    for text in odd_texts()[:6]:
        reference, code = submit(client, "copyright", **(WHOLE | {"explanation": text}))
        from_page = client.post(f"/receipts/{reference}", data={"code": code}).text
        for line in clean(text).splitlines():
            assert _escaped(line) in from_page or not line.strip(), line


def _escaped(line: str) -> str:
    for plain, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
        line = line.replace(plain, safe)
    return line.strip()
