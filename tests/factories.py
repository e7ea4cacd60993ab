"""Articles, accounts, cases and measures for tests. Each function that writes is one transaction of its own."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import select

from tracker import calendars, content
from tracker.cli import articles as sync
from tracker.db import Base, db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.clocks import EVERY_CASE, due
from tracker.domain.decisions import MEASURES, GroundType, Outcome
from tracker.domain.decisions import Draft as DecisionDraft
from tracker.domain.lifecycle import State
from tracker.domain.passages import Passage
from tracker.domain.refusals import Refusal
from tracker.domain.roles import Role
from tracker.domain.visibility import STATUS, MeasureKind, Terms
from tracker.models import Account, Article, Case, Clock, Decision, Generation, Measure, Page
from tracker.render import pages, places
from tracker.render.site import WRITTEN, Site
from tracker.services import articles, audit, decisions, publication

BODY = """引言一段，说明本文写什么。

## 一、逾期以后

{slug}的第一节。**注意：**逾期不等于违法，但会产生利息。

### 1.1 利息怎样计算

按合同约定的利率计算。
"""

OLD, NEW = "一段", "一节"

_GROUNDS = {
    Outcome.WITHHELD: (GroundType.LAW, "《中华人民共和国民法典》第一千一百九十五条"),
    Outcome.INTERIM: (GroundType.LAW, "《中华人民共和国民法典》第一千一百九十五条"),
    Outcome.REMOVED: (GroundType.TERMS, "本站规则 2.10（2026-11-20版）"),
    Outcome.LABELLED: (GroundType.TERMS, "本站规则 2.10（2026-11-20版）"),
    Outcome.REPLY_ATTACHED: (GroundType.LAW, "《中华人民共和国民法典》第一千零二十八条"),
    Outcome.CORRECTED: (GroundType.LAW, "《中华人民共和国民法典》第一千零二十八条"),
    Outcome.PASSAGE_WITHHELD: (GroundType.LAW, "《中华人民共和国个人信息保护法》第四十七条"),
    Outcome.DECLINED: (GroundType.TERMS, "本站规则 2.10（2026-11-20版）"),
    Outcome.RESTORED: (GroundType.LAW, "《中华人民共和国民法典》第一千一百九十六条"),
}


def markdown(slug: str, body: str | None = None, **overrides: object) -> bytes:
    """Return the bytes of an article's file. A front matter key set to None is left out."""
    values: dict[str, object] = {
        "title": f"关于{slug}的文章",
        "slug": slug,
        "language": "zh-Hans",
        "category": "debt-collection",
        "summary": f"{slug}的摘要。",
        "tags": [],
        "published": "2026-11-02",
        "origin": "own",
        "publisher": {"name": "编辑部", "email": "editors@example.org"},
    }
    header = {key: value for key, value in (values | overrides).items() if value is not None}
    text = yaml.safe_dump(header, allow_unicode=True, sort_keys=False, default_style='"')
    return f"---\n{text}---\n\n{BODY.format(slug=slug) if body is None else body}".encode()


def write_article(content_folder: Path, slug: str, body: str | None = None, **overrides: object) -> Path:
    """Write an article's file, named for its slug, and return it."""
    file = content_folder / f"{slug}.md"
    file.write_bytes(markdown(slug, body, **overrides))
    return file


def publish(site: Site, slug: str, now: datetime, body: str | None = None, **overrides: object) -> Article:
    """Write an article's file and bring it onto the site, with every page of the site around it."""
    write_article(site.config.content, slug, body, **overrides)
    source = content.read_article(markdown(slug, body, **overrides), site.category_texts, WRITTEN)
    with transaction():
        article = articles.put(site, source, now)
    if db.session.scalar(select(Generation.id).limit(1)):
        sync.build(site)
    return article


def stored(*left_out: str) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, by its key: a database gives rows in any order."""
    db.session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name not in left_out]
    return {
        table.name: list(map(tuple, db.session.execute(select(table).order_by(*table.primary_key)))) for table in tables
    }


def make_account(email: str = "mei@example.org", role: Role = Role.MODERATOR, name: str = "梅") -> Account:
    """Store an account that cannot sign in: its password hash is empty."""
    joined = datetime.fromisoformat("2026-11-01T00:00:00Z")
    account = Account(email=email, name=name, role=role, password_hash="", created_at=joined)
    with transaction():
        db.session.add(account)
    return account


def make_account_once() -> Account:
    """Return the first account there is, or add one to the transaction at hand."""
    known = db.session.scalar(select(Account).order_by(Account.id))
    if known is None:
        joined = datetime.fromisoformat("2026-11-01T00:00:00Z")
        known = Account(email="mei@example.org", name="梅", role=Role.MODERATOR, password_hash="", created_at=joined)
        db.session.add(known)
        db.session.flush()
    return known


def open_case(article: Article, now: datetime, category: CategoryName = CategoryName.REPUTATION) -> Case:
    """Open a case without a notice, with its clocks and its audit entry."""
    case = Case(
        article_id=article.id, category=category, state=State.RECEIVED, version=1,
        opened_at=now, changed_at=now, changed_by="通知人",
    )  # fmt: skip
    with transaction():
        db.session.add(case)
        db.session.flush()
        days = calendars.load(ZoneInfo("Asia/Shanghai"))
        for kind in EVERY_CASE:
            db.session.add(Clock(case_id=case.id, kind=kind, starts_at=now, due_at=due(kind, now, days).at))
        audit.record(audit.NOTIFIER, "case.opened", now, case=case.id, article=article.id, category=category)
    return case


_TERMS = {
    Outcome.LABELLED: Terms(label="disputed"),
    Outcome.REPLY_ATTACHED: Terms(words="我们核对过，文中所说与事实不符。", speaker="concerned", speaker_name="安娜"),
    Outcome.CORRECTED: Terms(words="把引言的说法改准确。", passages=(Passage(OLD, replacement=NEW),)),
    Outcome.PASSAGE_WITHHELD: Terms(passages=(Passage(OLD),)),
}


def draft(outcome: Outcome, **overrides: Any) -> DecisionDraft:
    """Return a complete decision as a moderator would write it; it is about OLD, which every article here says."""
    ground_type, ground_ref = _GROUNDS[outcome]
    values: dict[str, Any] = {
        "outcome": outcome,
        "ground_type": ground_type,
        "ground_ref": ground_ref,
        "ground_explanation": "文中所述与已核实的材料不符，损害他人权益。",
        "refusal": Refusal.NO_BREACH if outcome is Outcome.DECLINED else "",
        "terms": _TERMS.get(outcome, Terms()),
        "facts": "通知人提交的材料显示，文章第二节的数字没有出处，编辑部核对后也未能找到来源。",
        "rationale": "按本案的材料判断，与类似的案件各看各的。",
        "replies": {EVERY_OTHER: Reply(Answer.FOUNDED if outcome in MEASURES else Answer.UNFOUNDED)},
    }
    return DecisionDraft(**(values | overrides))


def decide(site: Site, case: Case, outcome: Outcome, now: datetime, account: Account | None = None) -> Decision:
    """Decide a case as it stands, by `account` or by the first there is; the worker has made its pages, too."""
    by = account or db.session.scalar(select(Account).order_by(Account.id)) or make_account()
    with transaction():
        decision = decisions.decide(site, by, case.id, case.version, draft(outcome), now)
    refresh(site, now)
    return decision


def withhold(site: Site, article: Article, now: datetime, outcome: Outcome = Outcome.WITHHELD) -> Case:
    """Take an article from readers by a decision on a new case; return the case."""
    case = open_case(article, now)
    decide(site, case, outcome, now)
    return case


def set_measure(
    site: Site,
    article: Article,
    now: datetime,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    kind: MeasureKind = MeasureKind.WITHHOLD,
    terms: Terms | None = None,
) -> Measure:
    """Put a measure on an article from one instant to another, past or to come."""
    outcome = next(outcome for outcome, its in MEASURES.items() if its is kind)
    by = db.session.scalar(select(Account).order_by(Account.id)) or make_account()
    case = open_case(article, now)
    with transaction():
        written = draft(outcome)
        decision = Decision(
            case_id=case.id, case_version=case.version, outcome=outcome, ground_type=written.ground_type,
            ground_ref=written.ground_ref, ground_explanation=written.ground_explanation, facts=written.facts,
            statement={}, decided_by_id=by.id, decided_at=now,
        )  # fmt: skip
        case.state, case.outcome, case.decided_at = State.DECIDED, outcome, now
        db.session.add(decision)
        db.session.flush()
        measure = Measure(
            article_id=article.id, case_id=case.id, decision_id=decision.id, kind=kind,
            starts_at=starts_at, ends_at=ends_at, terms=(terms or written.terms).as_dict(),
        )  # fmt: skip
        db.session.add(measure)
        db.session.flush()
        audit.record(
            audit.actor(by), "case.decided", now, case=case.id, decision=decision.id, outcome=outcome,
            ground=written.ground_type, article=article.id, measure=measure.id, status=STATUS[kind],
            until=None, territory="global", passages=len(written.terms.passages),
            **{"from": State.RECEIVED, "to": State.DECIDED},
        )  # fmt: skip
        publication.publish(site, [article], now)
    refresh(site, now)
    return measure


def rows() -> Mapping[tuple[int, str], tuple[object, ...]]:
    """Return every page row as it is stored, by generation and path."""
    db.session.rollback()
    found = db.session.execute(select(Page.__table__).order_by(Page.generation_id, Page.path))
    return {(row.generation_id, row.path): tuple(row) for row in found}


def refresh(site: Site, now: datetime) -> None:
    """Make again what is out of date, as the worker does in between."""
    with transaction():
        publication.turn(site, now)
    while (found := publication.stale(site, now))[1]:
        with transaction():
            publication.write(site, found[1], now, found[0])
    db.session.rollback()  # what is asked next is asked anew


def stale_paths(site: Site, now: datetime) -> list[str]:
    """Return the addresses whose row is not what the page would be if it were made now; there should be none.

    A row that is out of date is no reader's any more: what it holds is not looked at.
    """
    stored = {path: row for (_, path), row in rows().items()}
    wrong = []
    for path in sorted({*stored, *places.everything(site)}):
        answer, row = pages.answer(site, path, now), stored.get(path)
        fresh = None if answer is None else (answer.status, answer.stored_headers, answer.etag, answer.body)
        if path == "/.well-known/security.txt":
            continue  # it names a day that moves with today
        if row is not None and row[5] is not None and row[5] <= now:
            continue
        if (None if row is None else (row[2], row[3], row[4], row[6])) != fresh:
            wrong.append(path)
    db.session.rollback()
    return wrong
