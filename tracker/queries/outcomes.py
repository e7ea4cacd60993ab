"""What became of each address of a notice, as rows for a spreadsheet or a program."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.errors import N_
from tracker.domain.lifecycle import ENDING_LABELS, LABELS, ItemState
from tracker.domain.text import bare
from tracker.models import Article, Item, Notice
from tracker.queries.receipt_clocks import appeal
from tracker.queries.receipts import answer_to, decided
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.render.visible import is_visible

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula when a cell begins with it, if need be after what nobody sees."""

HEADS = {
    "address": N_("文章地址"), "typed": N_("您填写的地址"), "case": N_("案件编号"), "state": N_("状态"),
    "outcome": N_("处理结果"), "decided_at": N_("决定时间"), "ground": N_("依据"), "facts": N_("认定的事实"),
    "reasons": N_("理由"), "appeal_until": N_("申诉截止"),
}  # fmt: skip


class Outcome(NamedTuple):
    """One row; instants are in UTC, RFC 3339, empty when there is none."""

    address: str
    typed: str
    case: int
    state: str
    outcome: str
    decided_at: str
    ground: str
    facts: str
    reasons: str
    appeal_until: str


def outcomes(site: Site, notice: Notice, language: str, now: datetime) -> list[Outcome]:
    """Return a row for each address, in the order of the notice."""
    named = [item.article_id for item in notice.items]
    readable = set(db.session.scalars(select(Article.id).where(is_visible(now), Article.id.in_(named))))
    return [_row(site, item, language, now, is_readable=item.article_id in readable) for item in notice.items]


def _row(site: Site, item: Item, language: str, now: datetime, *, is_readable: bool) -> Outcome:
    def say(text: str) -> str:
        return site.gettext(text, language)

    answer, window = answer_to(item), appeal(item, now)
    found = decided(answer, is_readable=is_readable, may_appeal=window is not None) if answer else None
    is_ended = item.state is ItemState.CLOSED and item.ended is not None
    return Outcome(
        address=site.base_url + path_of(item.article, language),
        typed=item.address,
        case=item.case_id,
        state=say(ENDING_LABELS[item.ended] if is_ended and item.ended else LABELS[item.case.state]),
        outcome=say("、").join(map(say, found.done)) if found else "",
        decided_at=_instant(found.at if found else None),
        ground=f"{say(found.ground_type)} {found.ground_ref}" if found else "",
        facts=found.facts if found else "",
        reasons=found.explanation if found else "",
        appeal_until=_instant(window.until if window else None),
    )


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else ""


def as_csv(site: Site, rows: list[Outcome], language: str) -> bytes:
    """Return the rows as CSV with a byte order mark, so that spreadsheets read Chinese; no cell can be a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(site.gettext(head, language) for head in HEADS.values())
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if bare(text).startswith(_FORMULA) or text.startswith("\t") else text


def as_json(reference: str, rows: list[Outcome]) -> bytes:
    """Return the rows as JSON under the reference of the notice."""
    body = {"reference": reference, "articles": [row._asdict() for row in rows]}
    return json.dumps(body, ensure_ascii=False, indent=2).encode() + b"\n"
