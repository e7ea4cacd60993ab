"""How the site is: each part with what was found, how it stands, and what to do."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select, text

from tracker.db import db
from tracker.domain import agent
from tracker.domain.calendars import Calendar
from tracker.domain.clocks import OURS
from tracker.domain.settings import SETTINGS, Switch
from tracker.models import Clock, Generation, Heartbeat, Mail, Notice, Page, Verification
from tracker.models.case import WATCHED
from tracker.models.mail import FAILED, WAITING
from tracker.queries.queue_words import span
from tracker.render import program
from tracker.render.site import Site

_SECURITY_TXT = "/.well-known/security.txt"
_GIGABYTE = 1024**3
_RENEWED = timedelta(days=60)
"""How long before a calendar ends it is to be renewed: limits of working days reach a month ahead, and that leaves another.

The State Council announces the days off of a year from the end of October of the one before.
"""
_RENEW = (
    "下一年的放假安排一般在10月底到12月初公布；公布后运行.venv/bin/pip install -U chinesecalendar，再重启。"
    "在那以前，算到下一年的工作日期限是暂定的，更新后自动重算。"
)

_SYNC = "运行tracker sync；在那以前，读者也看不到设置的改动。"


class Tone(StrEnum):
    """How something stands."""

    GOOD = "success"
    WATCH = "warning"
    BAD = "danger"


@dataclass(frozen=True)
class Check:
    """One part of the site: what was found, and the cure when it is not well."""

    name: str
    tone: Tone
    said: str
    cure: str = ""


def checks(site: Site, now: datetime) -> list[Check]:
    """Return every part, the worst first."""
    parts = (_database, _worker, _mail, _clocks, _pages, _trail, _disk, _keys, _security, _calendars, _agent, _switches)
    found = [check for part in parts for check in part(site, now)]
    order = [Tone.BAD, Tone.WATCH, Tone.GOOD]
    return sorted(found, key=lambda check: order.index(check.tone))


def _database(site: Site, now: datetime) -> Iterator[Check]:
    revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if db.engine.dialect.name == "sqlite":
        file = Path(str(db.engine.url.database))
        size = sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
        said = f"SQLite，{_bytes(size)}，版本{revision}"
    else:
        size = db.session.execute(text("SELECT pg_database_size(current_database())")).scalar() or 0
        said = f"PostgreSQL，{_bytes(size)}，版本{revision}"
    yield Check("数据库", Tone.GOOD, said)


def _worker(site: Site, now: datetime) -> Iterator[Check]:
    rows = list(db.session.scalars(select(Heartbeat).order_by(Heartbeat.seen_at.desc()).limit(20)))
    running = [row for row in rows if row.seen_at > now - timedelta(minutes=5)]
    cure = "用tracker serve或tracker worker启动；没有它，邮件不发，期限到了也不会自动处理。"
    if Switch.READ_ONLY in site.settings.switches:
        yield Check("后台", Tone.WATCH, "只读期间停下，恢复后补做。")
    elif not rows:
        yield Check("后台", Tone.BAD, "从来没有运行过。", cure)
    elif not running:
        yield Check("后台", Tone.BAD, f"上次运行在{span(now - rows[0].seen_at)}前。", cure)
    else:
        names = "、".join(row.name for row in running)
        yield Check("后台", Tone.GOOD, f"{len(running)}个在运行（{names}），{span(now - running[0].seen_at)}前来过。")


def _mail(site: Site, now: datetime) -> Iterator[Check]:
    waiting = select(func.count(), func.min(Mail.created_at)).where(WAITING, Mail.due_at <= now)
    number, oldest = db.session.execute(waiting).one()
    later = db.session.scalar(select(func.count()).where(WAITING, Mail.due_at > now)) or 0
    lost = db.session.scalar(select(func.count()).select_from(Mail).where(FAILED)) or 0
    where = site.config.mail_server or f"没有邮件服务器，存成文件：{site.config.data / 'mail'}"
    said = f"到时间的{number}封，以后再发的{later}封，退回和放弃的{lost}封；{where}。"
    if oldest is None:
        yield Check("邮件", Tone.GOOD, said)
        return
    age = now - oldest
    tone = Tone.BAD if age > timedelta(hours=1) else Tone.WATCH if age > timedelta(minutes=5) else Tone.GOOD
    cure = "看邮件页上的错误；邮件服务器不通时全部暂缓，恢复后自动继续。" if tone is not Tone.GOOD else ""
    yield Check("邮件", tone, f"{said}最早的一封写于{span(age)}前。", cure)


def _clocks(site: Site, now: datetime) -> Iterator[Check]:
    runs = (Clock.stopped_at.is_(None), Clock.paused_at.is_(None), Clock.held_at.is_(None))
    late = select(func.count(), func.count(Clock.case_id.distinct()), func.min(Clock.due_at)).where(
        *runs, Clock.due_at <= now, Clock.kind.in_(OURS)
    )
    number, cases, oldest = db.session.execute(late).one()
    if number:
        said = f"{cases}件案件的{number}个期限过期，最早的过了{span(now - oldest)}。"
        yield Check("期限", Tone.WATCH, said, "看待处理的案件，最先到期的排在最前。")
    else:
        yield Check("期限", Tone.GOOD, "没有过期的。")
    behind = select(func.count()).where(
        *runs, Clock.due_at <= now - timedelta(minutes=10), Clock.kind.not_in(OURS), Clock.expired_at.is_(None)
    )
    if undone := db.session.scalar(behind) or 0:
        said = f"{undone}个到期后应当自动发生的还没有发生。"
        yield Check("自动处理", Tone.WATCH, said, "后台一分钟做一次；一直不做的，看后台的日志。")
    provisional = db.session.scalar(select(func.count()).where(*runs, WATCHED, Clock.is_provisional)) or 0
    if provisional:
        yield Check(
            "暂定的期限",
            Tone.WATCH,
            f"{provisional}个期限用到还没有公布的放假安排。",
            "更新chinesecalendar以后自动重算。",
        )


def _pages(site: Site, now: datetime) -> Iterator[Check]:
    rows = list(db.session.scalars(select(Generation).order_by(Generation.id)))
    live = next((row for row in rows if row.is_live), None)
    if live is None:
        yield Check("页面", Tone.BAD, "还没有发布过。", "运行tracker sync。")
        return
    number = db.session.scalar(select(func.count()).where(Page.generation_id == live.id)) or 0
    said = f"{number}页，第{live.id}代，{span(now - live.created_at)}前开始做。"
    mine = site.fingerprint()
    if live.fingerprint == mine:
        yield Check("页面", Tone.GOOD, said)
    elif program.is_same(live.fingerprint, mine):
        yield Check("页面", Tone.WATCH, f"{said}设置改过，后台正在重做。", "几分钟后还在这里的，看后台是否在运行。")
    else:
        yield Check("页面", Tone.WATCH, f"{said}程序、模板、固定页面或者网址（BASE_URL、主机、端口）改过。", _SYNC)


def _trail(site: Site, now: datetime) -> Iterator[Check]:
    done = select(Verification).where(Verification.finished_at.is_not(None)).order_by(Verification.id.desc()).limit(1)
    last = db.session.scalar(done)
    if last is None or last.finished_at is None:
        yield Check("操作记录", Tone.WATCH, "还没有核对过。", "后台每天核对一次，也可以在记录页上要求。")
    elif last.fault:
        yield Check("操作记录", Tone.BAD, f"核对不符：{last.fault}", "不要再改动数据库；与备份和外存的末条校验值比对。")
    else:
        age = now - last.finished_at
        tone = Tone.GOOD if age < timedelta(days=2) else Tone.WATCH
        yield Check("操作记录", tone, f"{span(age)}前核对，{last.until}条完好。")


def _disk(site: Site, now: datetime) -> Iterator[Check]:
    usage = shutil.disk_usage(site.config.data)
    tone = Tone.BAD if usage.free < _GIGABYTE else Tone.WATCH if usage.free < usage.total / 10 else Tone.GOOD
    said = f"{site.config.data}所在的磁盘还有{_bytes(usage.free)}，共{_bytes(usage.total)}。"
    yield Check("磁盘", tone, said, "清出空间；写满以后不能受理通知。" if tone is not Tone.GOOD else "")


def _keys(site: Site, now: datetime) -> Iterator[Check]:
    lost = {epoch: _kept_under(epoch) for epoch in _epochs() if epoch not in site.keys.epochs}
    said = f"现用{site.keys.epoch}，连同旧的共{len(site.keys.epochs)}把。"
    if lost:
        number = sum(lost.values())
        cure = "把旧的密钥放进OLD_SECRET_KEYS，这些回执才打得开。"
        yield Check("密钥", Tone.BAD, f"{said}{number}份通知的密钥（{'、'.join(lost)}）不在其中。", cure)
    else:
        yield Check("密钥", Tone.GOOD, said)


def _epochs() -> Iterator[str]:
    """Yield the keys of all notices: from each to the next by the index, as there are few keys and many notices."""
    least = select(func.min(Notice.key_epoch))
    epoch = db.session.scalar(least)
    while epoch is not None:
        yield epoch
        epoch = db.session.scalar(least.where(Notice.key_epoch > epoch))


def _kept_under(epoch: str) -> int:
    return db.session.scalar(select(func.count()).where(Notice.key_epoch == epoch)) or 0


def _security(site: Site, now: datetime) -> Iterator[Check]:
    live = select(Generation.id).where(Generation.is_live).scalar_subquery()
    row = db.session.scalar(select(Page).where(Page.generation_id == live, Page.path == _SECURITY_TXT))
    line = next((line for line in (row.body.decode() if row else "").splitlines() if line.startswith("Expires: ")), "")
    if not line:
        return
    expires = datetime.fromisoformat(line.removeprefix("Expires: ").replace("Z", "+00:00"))
    left = expires - now
    tone = Tone.BAD if left < timedelta() else Tone.WATCH if left < timedelta(days=30) else Tone.GOOD
    yield Check(
        "security.txt",
        tone,
        f"有效到{site.local(expires):%Y-%m-%d}。",
        "后台会自动续；没有续的，看后台是否在运行。" if tone is not Tone.GOOD else "",
    )


def _calendars(site: Site, now: datetime) -> Iterator[Check]:
    for name in ("china", "us", "england", "eu"):
        calendar: Calendar = site.calendars.named(name)
        left = calendar.known_until - site.local(now).date()
        tone = Tone.WATCH if left < _RENEWED else Tone.GOOD
        cure = _RENEW if tone is Tone.WATCH else ""
        yield Check(site.gettext(calendar.name, "zh-Hans"), tone, f"放假安排已知到{calendar.known_until}。", cure)


def _agent(site: Site, now: datetime) -> Iterator[Check]:
    """The registration of the agent under US law ends by itself, and with it what shields the site (17 U.S.C. § 512(c)(2))."""
    if not site.agent.is_set:
        return
    name, left = "DMCA代理人", site.agent.days_left(site.local(now).date())
    if site.agent.missing:
        labels = "、".join(site.gettext(SETTINGS[each].label, "zh-Hans") for each in site.agent.missing)
        yield Check(name, Tone.WATCH, f"还没有公布，缺：{labels}。", "在设置页上填写，或者清空各项。")
    elif left is None:
        yield Check(name, Tone.WATCH, "已经公布，没有写登记到期日。", "在设置页上填写，到期前会提醒。")
    else:
        tone = Tone.BAD if left <= agent.LAST else Tone.WATCH if left <= agent.SOON else Tone.GOOD
        said = f"登记到{site.agent.renew_by}为止，" + (f"还有{left}天。" if left >= 0 else f"已过期{-left}天。")
        cure = "在dmca.copyright.gov续期，再在设置页上改到期日。" if tone is not Tone.GOOD else ""
        yield Check(name, tone, said, cure)


def _switches(site: Site, now: datetime) -> Iterator[Check]:
    for switch, on in site.settings.switches.items():
        name = "只读" if switch is Switch.READ_ONLY else "网页暂停接收通知"
        yield Check("总开关", Tone.WATCH, f"{name}，已{span(now - on.since)}：{on.reason}", "在总开关页上关闭。")


def _bytes(number: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if number < 1024:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TB"
