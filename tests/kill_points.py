"""Runs by itself, single-threaded: sends notices in forked children and kills each at another point of its work.

Prints one JSON object a kill point; `tests/test_killed.py` starts it and judges.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, func, select

from config import Config
from tracker.app import create_app
from tracker.db import db
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


def save_draft(config: Config, key: str, answers: dict[str, str]) -> None:
    """Fill in the form as a browser does."""
    app = create_app(config)
    client = app.test_client()
    data: dict[str, Any] = answers | {"key": key, "files": (__import__("io").BytesIO(PDF), "evidence.pdf")}
    response = client.post("/report/other-illegal", data=data, content_type="multipart/form-data")
    assert response.status_code == 303, response.text


def send(config: Config, key: str, kill_at: int, pipe: int) -> None:
    """Confirm the draft; die at the given point. Every statement and every commit has a point before and one after."""
    app = create_app(config)
    reached = 0

    def point(*_: Any) -> None:
        nonlocal reached
        reached += 1
        if reached == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    client = app.test_client()
    seen = client.get(f"/report/drafts/{key}/check").text.split('name="seen" value="')[1].split('"')[0]
    with app.app_context():
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(db.engine, name, point)
        event.listen(db.session, "after_commit", point)
        event.listen(db.session, "after_rollback", point)
    response = client.post(f"/report/drafts/{key}/send", data={"seen": seen})
    os.write(pipe, json.dumps({"status": response.status_code, "points": reached}).encode())


def found(config: Config, key: str) -> dict[str, int]:
    """Return how much of a notice the database holds."""
    engine = sa.create_engine(config.database_url)
    draft = drafts.identify(key)
    mine = select(Notice.id).where(Notice.draft == draft).scalar_subquery()
    cases = select(Item.case_id).where(Item.notice_id == mine)
    counts = {
        "notice": select(func.count()).select_from(Notice).where(Notice.draft == draft),
        "items": select(func.count()).select_from(Item).where(Item.notice_id == mine),
        "cases": select(func.count()).select_from(Case).where(Case.id.in_(cases)),
        "clocks": select(func.count()).select_from(Clock).where(Clock.case_id.in_(cases)),
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
    whole = in_child(lambda pipe: (save_draft(config, "k" * 43, fields(0, slugs, config.base_url)), send(config, "k" * 43, 0, pipe)))  # type: ignore[func-returns-value]
    points = json.loads(whole[1])["points"]
    step = max(1, points // wanted)
    for number, kill_at in enumerate(range(1, points + 1, step), start=1):
        key = f"{number:043d}"
        in_child(lambda pipe, key=key, number=number: save_draft(config, key, fields(number, slugs, config.base_url)))  # type: ignore[misc]
        status, said = in_child(lambda pipe, key=key, kill_at=kill_at: send(config, key, kill_at, pipe))  # type: ignore[misc]
        after_kill = found(config, key)
        in_child(lambda pipe, key=key: send(config, key, 0, pipe) if after_kill["draft"] else None)  # type: ignore[misc]
        result = {
            "point": kill_at,
            "of": points,
            "killed": os.WIFSIGNALED(status),
            "accepted": bool(said) and json.loads(said)["status"] == 303,
            "left": after_kill,
            "after_retry": found(config, key),
        }
        print(json.dumps(result), flush=True)  # noqa: T201 - its only output


if __name__ == "__main__":
    run(Config.from_environment(), sys.argv[2:], int(sys.argv[1]))
