"""Texts kept ready, as the desk offers them: by what they are for, filled in for a case."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from babel.dates import format_date
from sqlalchemy import select

from tracker.db import db
from tracker.domain import handles
from tracker.domain.canned import LANGUAGES, Purpose, chosen, fill
from tracker.domain.clocks import ClockKind, due
from tracker.domain.text import number
from tracker.models import Account, CannedText, Case, Item
from tracker.render.site import LOCALES, Site
from tracker.render.visible import seen


class Offer(NamedTuple):
    """One text in one language; `value` is what a form sends to choose it."""

    value: str
    name: str


def offered(purpose: Purpose) -> list[Offer]:
    """Return the texts for a field, each in every language that it has."""
    wanted = select(CannedText).where(CannedText.purpose == purpose, CannedText.retired_at.is_(None))
    found = []
    for text in db.session.scalars(wanted.order_by(CannedText.name)):
        for language, label in LANGUAGES.items():
            if text.texts.get(language):
                found.append(
                    Offer(f"{text.id}:{language}", text.name if len(text.texts) == 1 else f"{text.name}（{label}）")
                )
    return found


def everything() -> list[CannedText]:
    """Return every text, those that are offered first."""
    order = (CannedText.retired_at.is_not(None), CannedText.purpose, CannedText.name)
    return list(db.session.scalars(select(CannedText).order_by(*order)))


def values(
    site: Site, case: Case, item: Item | None, account: Account, clause: str, language: str, now: datetime
) -> dict[str, str]:
    """Return what fills the places of a text on a case; what is not known yet is empty and stays a place."""
    notices = [item.notice] if item else [each.notice for each in case.items]
    last_day = site.local(due(ClockKind.INFO_WAIT, now, site.calendars).at - timedelta(seconds=1)).date()
    decided = case.decisions[-1].ground_ref if case.decisions else ""
    return {
        "文章": seen(site, [case.article], now)[case.article_id].title,  # nothing that is withheld of it
        "编号": ", ".join(dict.fromkeys(notice.reference for notice in notices)),
        "案件": str(case.id),
        "日期": _day(site.local(now).date(), language),
        "期限": _day(last_day, language),
        "条款": clause or decided,
        "审核员": site.gettext(handles.LABEL, language, code=handles.code(site.keys, case.id, account.id)),
        "联系方式": f"{site.contact_name} {site.contact_phone} {site.contact_email}",
    }


def sample(site: Site, language: str, now: datetime) -> dict[str, str]:
    """Return values for a preview on no case."""
    today = site.local(now).date()
    return {
        "文章": "征信报告怎么看" if language != "en" else "Reading your credit report",
        "编号": "R-2026-7K3Q-9F2D",
        "案件": "123",
        "日期": _day(today, language),
        "期限": _day(today + timedelta(days=7), language),
        "条款": "《民法典》第一千零二十四条",
        "审核员": site.gettext(handles.LABEL, language, code="K417"),
        "联系方式": f"{site.contact_name} {site.contact_phone} {site.contact_email}",
    }


def text(value: str) -> tuple[str, str] | None:
    """Return the text that a form's choice names, with its language, or None."""
    which, _, language = value.partition(":")
    if language not in LANGUAGES:
        return None
    found = db.session.get(CannedText, number(which))
    return (chosen(found.texts, language), language) if found and not found.retired_at else None


def filled(
    site: Site, value: str, case: Case, item: Item | None, account: Account, clause: str, now: datetime
) -> str | None:
    """Return a chosen text filled in for a case, or None when there is no such text."""
    found = text(value)
    if found is None:
        return None
    return fill(found[0], values(site, case, item, account, clause, found[1], now))


def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=LOCALES[language])
