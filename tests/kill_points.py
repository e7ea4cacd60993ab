"""Runs by itself, single-threaded: sends notices in forked children and kills each at another point of its work.

Prints one JSON object a kill point; `tests/test_killed.py` starts it and judges.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import String, cast, event, func, literal, select

from config import Config
from tracker.app import create_app
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.models import Attachment, AuditEntry, Case, Clock, Draft, Item, Mail, Notice
from tracker.services import drafts

PDF = b"%PDF-1.7 evidence"


def fields(number: int, slugs: list[str], base_url: str) -> dict[str, str]:
    """Return a filled-in form; each notifier is another person."""
    return {
        "addresses": "\n".join(f"{base_url}/articles/{slug}" for slug in slugs),
        "explanation": "文章第二段的数字与事实不符，请核对原始材料后处理，谢谢。",
        "notifier_role": "public",
        "notifier_name": "测试通知人",
        "email": f"notifier{number}@example.org",
        "stmt_truth": "yes",
    }


def in_child(work: Callable[[int], None]) -> tuple[int, bytes]:
    """Run `work` in a child with a pipe to write to; return how it ended and what it wrote."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        work(write)
        os._exit(0)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read, "rb") as pipe:
        return status, pipe.read()


def save_drafts(app: Flask, keys: list[str], slugs: list[str], base_url: str) -> None:
    """Fill in a form for each key, as a browser does."""
    for number, key in enumerate(keys):
        data: dict[str, Any] = fields(number, slugs, base_url) | {"key": key, "files": (BytesIO(PDF), "evidence.pdf")}
        response = client_of(app, key).post("/report/other-illegal", data=data, content_type="multipart/form-data")
        assert response.status_code == 303, response.text


def client_of(app: Flask, key: str) -> FlaskClient:
    """Return a client with a network address of its own, so that no limit is met."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = f"192.0.2.{int(key)}"
    return client


def send(app: Flask, key: str, kill_at: int, pipe: int) -> None:
    """Confirm the draft; die at the given point. Every statement and every commit has a point before and one after."""
    reached = 0

    def point(*_: Any) -> None:
        nonlocal reached
        reached += 1
        if reached == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    client = client_of(app, key)
    seen = checked(client, key)
    with app.app_context():
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(db.engine, name, point)
        event.listen(db.session, "after_commit", point)
        event.listen(db.session, "after_rollback", point)
    response = client.post(f"/report/drafts/{key}/send", data={"seen": seen})
    os.write(pipe, json.dumps({"status": response.status_code, "points": reached}).encode())


def checked(client: FlaskClient, key: str) -> str:
    """Look at the check page; return what says which answers were seen."""
    return client.get(f"/report/drafts/{key}/check").text.split('name="seen" value="')[1].split('"')[0]


def found(config: Config, key: str) -> dict[str, int]:
    """Return how much of a notice the database holds."""
    engine = sa.create_engine(config.database_url)
    draft = drafts.identify(key)
    mine = select(Notice.id).where(Notice.draft == draft).scalar_subquery()
    subject = literal("notice:") + cast(mine, String)
    cases = select(Item.case_id).where(Item.notice_id == mine)
    counts = {
        "notice": select(func.count()).select_from(Notice).where(Notice.draft == draft),
        "items": select(func.count()).select_from(Item).where(Item.notice_id == mine),
        "cases": select(func.count()).select_from(Case).where(Case.id.in_(cases)),
        "clocks": select(func.count()).select_from(Clock).where(Clock.case_id.in_(cases), Clock.kind != ClockKind.ACK),
        "acks": select(func.count()).select_from(Clock).where(Clock.kind == ClockKind.ACK),
        "own_ack": select(func.count()).select_from(Clock).where(Clock.subject == subject),
        "files": select(func.count()).select_from(Attachment).where(Attachment.notice_id == mine),
        "mails": select(func.count()).select_from(Mail).where(Mail.notice_id == mine),
        "draft": select(func.count()).select_from(Draft).where(Draft.id == draft),
        "entries": select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "notice.submitted"),
        "notices": select(func.count()).select_from(Notice),
    }
    with engine.connect() as connection:
        counted = {name: int(connection.scalar(query) or 0) for name, query in counts.items()}
    engine.dispose()
    return counted


def run(config: Config, slugs: list[str], wanted: int) -> None:
    """Kill at `wanted` points spread over the whole of a submission, and say what is left each time."""
    app = create_app(config)
    keys = [f"{number:043d}" for number in range(wanted + 2)]
    save_drafts(app, keys, slugs, config.base_url)
    client = client_of(app, keys[-1])  # what every submission compiles is compiled before the children are made
    client.post(f"/report/drafts/{keys[-1]}/send", data={"seen": checked(client, keys[-1])})
    with app.app_context():
        db.engine.dispose()  # each child opens a connection of its own
    app.extensions["edge"].close()
    points = json.loads(in_child(lambda pipe: send(app, keys[0], 0, pipe))[1])["points"]
    for key, number in zip(keys[1:], range(wanted), strict=False):
        kill_at = 1 + number * (points - 1) // (wanted - 1)  # the first and the last among them
        print(json.dumps(killed_at(app, config, key, kill_at)), flush=True)  # noqa: T201 - its only output


def killed_at(app: Flask, config: Config, key: str, kill_at: int) -> dict[str, Any]:
    """Kill one submission at a point, then send it again if its draft is still there."""
    status, _ = in_child(lambda pipe: send(app, key, kill_at, pipe))
    left = found(config, key)
    if left["draft"]:
        in_child(lambda pipe: send(app, key, 0, pipe))
    return {
        "point": kill_at,
        "killed": os.WIFSIGNALED(status),
        "left": left,
        "after_retry": found(config, key),
    }


if __name__ == "__main__":
    run(Config.from_environment(), sys.argv[2:], int(sys.argv[1]))
