"""The story of the demo: who is there, what the site has published, and which lives begin when in its ninety days."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import yaml
from sqlalchemy import func, select

from config import ROOT
from tracker.cli import articles as sync
from tracker.cli.delivery import check_trail, count_figures
from tracker.cli.demo import lives, words
from tracker.cli.demo.stage import Life, Stage
from tracker.cli.demo.words import Person
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.models import Account, Case
from tracker.render.site import Site
from tracker.services import (
    accounts,
    articles,
    canned,
    clauses,
    figures,
    links,
    samples,
    sessions,
    settings,
    standings,
    verification,
)

DAYS = 90
SHORT = 200
"""Short articles beside the real ones, for lists with pages and a notice with two hundred addresses."""

_C, _O, _E = CategoryName, Outcome, Ending
_RULE_CHANGED = 12  # days before the end
_TAKEN_BACK = "不得承诺“包下款”“包减免”"


def write_articles(folder: Path) -> None:
    """Put the site's own articles and the short ones into a folder."""
    shutil.copytree(ROOT / "content", folder)
    for number in range(SHORT):
        topic, place = words.TOPICS[number % len(words.TOPICS)], words.PLACES[number // len(words.TOPICS)]
        day = datetime(2026, 1, 1) + timedelta(days=number % 300)  # noqa: DTZ001 - a date for a file
        header = {
            "title": f"{place}{topic}问答（演示）",
            "slug": f"demo-{number:03}",
            "language": "zh-Hans",
            "category": "debt-collection",
            "summary": f"关于{place}{topic}的几个常见问题。本文是演示数据。",
            "tags": [topic],
            "published": f"{day:%Y-%m-%d}",
            "origin": "own",
            "publisher": {"name": "编辑部", "email": words.PUBLISHER},
        }
        body = (
            f"## 一、{topic}是什么\n\n本文说明{place}地区{topic}的通常做法，编号{number:03}。具体条件以合同和当地规定为准，请先核对自己的合同文本。\n\n"
            f"## 二、要准备什么\n\n办理{topic}一般需要身份证件、合同和最近{number % 7 + 3}个月的账单，个别机构另有要求，以其公示为准。\n"
        )
        text = yaml.safe_dump(header, allow_unicode=True, sort_keys=False)
        (folder / f"demo-{number:03}.md").write_text(f"---\n{text}---\n\n{body}", encoding="utf-8")


def tell(site: Site, now: datetime) -> Site:
    """Play the whole story up to `now`, and bring the pages onto the site; return it with its settings."""
    begin = now - timedelta(days=DAYS)
    _date_rules(site, begin)
    site = Site(site.config)
    _publish(site, begin)
    stage = Stage(site, begin, now)
    _staff(stage)
    _run_the_site(stage)
    for at, life in _cast(stage):
        stage.begin(at, life)
    stage.begin(now - timedelta(days=_RULE_CHANGED), _rules_change(stage))
    stage.play()
    _finish(stage, now)
    return settings.in_force(site)


def _date_rules(site: Site, at: datetime) -> Path:
    """Let the rules be the version of a day; return their file."""
    page = site.config.content / "pages" / "rules.md"
    said = re.sub(r"(?m)^version: .*$", f"version: {site.local(at):%Y-%m-%d}", page.read_text(encoding="utf-8"))
    page.write_text(said, encoding="utf-8")
    return page


def _publish(site: Site, now: datetime) -> None:
    folder = articles.read_folder(site)
    for source in articles.changed(folder.sources.values()):
        with transaction():
            articles.put(site, source, now)
    with transaction():
        clauses.put(site, now)


def _staff(stage: Stage) -> None:
    """Let everybody in as anybody is let in: by a link."""
    for email, name, role in words.STAFF:
        link = stage.act(_link, stage, email, role)
        given = accounts.Entrant(sessions.hashed(stage.key()), name, email)
        stage.act(accounts.use_link, stage.site, link, given, "192.0.2.1", stage.now)
        stage.staff[email] = db.session.scalars(select(Account.id).where(Account.email == email)).one()
        db.session.rollback()


def _link(stage: Stage, email: str, role: Role) -> object:
    first = links.first_admin_link(stage.site, stage.now)
    if first is not None:
        return first
    admin = db.session.get_one(Account, stage.staff[words.STAFF[0][0]])
    return accounts.invite(stage.site, admin, email, role, stage.now)


def _run_the_site(stage: Stage) -> None:
    admin = stage.person(words.STAFF[0][0])
    names = {
        "site_name": f"{stage.site.names['zh-Hans']}（演示）",
        "site_name_en": f"{stage.site.names['en']} (demo)",
    }
    stage.act(settings.put, stage.site, admin, 0, names | {"contact_address": "上海市某路1号"}, stage.now)
    for title, purpose, texts in words.CANNED:
        stage.act(canned.put, admin, None, 0, title, purpose, texts, stage.now)


def _rules_change(stage: Stage) -> Life:
    """A clause gets other words: what relied on the old ones is to be looked at again."""
    page = _date_rules(stage.site, stage.now)
    said = page.read_text(encoding="utf-8").replace(_TAKEN_BACK, "不得承诺“包下款”“包减免”“包修复”")
    page.write_text(said, encoding="utf-8")
    stage.act(clauses.put, Site(stage.site.config), stage.now)
    yield from ()


def _finish(stage: Stage, now: datetime) -> None:
    site = settings.in_force(Site(stage.site.config))
    _second_readings(stage)
    stage.act(verification.ask, stage.person(words.STAFF[0][0]), now)
    while check_trail(site, now):
        pass
    while figures.due(site, now):
        count_figures(site, now)
    sync.build(site)


def _second_readings(stage: Stage) -> None:
    """Let the reviewer read all but the last of what was drawn."""
    reviewer = stage.person("reviewer@example.org")
    for sample in samples.waiting(reviewer)[:-1]:
        agreed = sample.decision.outcome if stage.dice.random() < 0.7 else _O.DECLINED
        stage.act(samples.read, reviewer, sample.id, agreed, "材料和条款我读下来是这样。", stage.now)


def numbers() -> dict[str, int]:
    """Return how many cases stand in each state."""
    counted = db.session.execute(select(Case.state, func.count()).group_by(Case.state))
    return {str(row[0]): row[1] for row in counted}


def _cast(stage: Stage) -> Iterator[tuple[datetime, Life]]:
    """Yield every life with its beginning."""
    for days_ago, life in _lives(stage):
        at = stage.end - timedelta(days=days_ago) + stage.hours(-3, 3)
        yield min(max(at, stage.now + timedelta(hours=1)), stage.end - timedelta(minutes=20)), life


def _spread(stage: Stage, number: int, oldest: float, newest: float) -> list[float]:
    """Return so many days before the end, spread evenly."""
    step = (oldest - newest) / max(1, number)
    return [oldest - n * step - stage.dice.uniform(0, step) for n in range(number)]


def _people(stage: Stage) -> Iterator[Person]:
    while True:
        yield from stage.dice.sample(words.PEOPLE, len(words.PEOPLE))


def _lives(stage: Stage) -> Iterator[tuple[float, Life]]:
    who = _people(stage)
    yield 61, lives.batch(stage)
    yield from _open(stage, who)
    yield from _decided(stage, who)
    yield from _redress(stage, who)
    yield from _closed(stage, who)


def _open(stage: Stage, who: Iterator[Person]) -> Iterator[tuple[float, Life]]:
    urgent = ((_C.MINOR, 0.1), (_C.NCII, 0.2), (_C.CSAM, 0.6), (_C.COURT_OR_AUTHORITY, 0.4))
    for category, days in urgent:
        person = words.ANONYMOUS if category in {_C.NCII, _C.CSAM} else next(who)
        yield days, lives.received(stage, category, person)
    yield 0.3, lives.received(stage, _C.CYBERBULLYING, next(who), danger_to_life="yes")
    for category, days in zip(
        (_C.REPUTATION, _C.COPYRIGHT, _C.PERSONAL_DATA, _C.ENTERPRISE, _C.INACCURATE, _C.FRAUD, _C.PORTRAIT, _C.TERMS, _C.TRADEMARK),
        _spread(stage, 9, 4, 0.1), strict=True,
    ):  # fmt: skip
        yield days, lives.received(stage, category, next(who))
    yield 0.9, lives.received(stage, _C.REPUTATION, words.PEOPLE[9], explanation=words.LONG)
    yield 1.5, lives.received(stage, _C.INACCURATE, words.BOUNCING)
    yield 0.5, lives.received(stage, _C.REPUTATION, words.SLOW)
    yield 1.2, lives.joined(stage, _C.MISLEADING_CONSUMER, (words.PEOPLE[0], words.PEOPLE[3], words.PEOPLE[12]), None)
    for n in range(5):  # more than three mails a day to somebody who never confirmed: they are held back
        yield 0.4 - n * 0.02, lives.received(stage, _C.OTHER_ILLEGAL, Person("何人", "many.notices@example.net"))
    extras = ("note", "pause", "draft", "opinion", "answered", "interim", "kept", "", "", "pause")
    kinds = (
        _C.REPUTATION,
        _C.PERSONAL_DATA,
        _C.COPYRIGHT,
        _C.ENTERPRISE,
        _C.PORTRAIT,
        _C.REPUTATION,
        _C.SOURCE_CORRECTED,
    )
    for n, days in enumerate(_spread(stage, len(extras), 7, 1.5)):
        category = _C.MINOR if extras[n] == "interim" else kinds[n % len(kinds)]  # only there it is allowed
        yield days, lives.in_review(stage, category, next(who), extras[n])
    for days in _spread(stage, 5, 6, 1.6):
        yield days, lives.asked(stage, _C.REPUTATION, next(who))
    for days in _spread(stage, 4, 5, 1.5):
        yield days, lives.forwarded(stage, _C.ENTERPRISE, next(who))


def _decided(stage: Stage, who: Iterator[Person]) -> Iterator[tuple[float, Life]]:
    plan = (
        (_C.COPYRIGHT, _O.WITHHELD, "", 4), (_C.REPUTATION, _O.DECLINED, "", 6), (_C.REPUTATION, _O.WITHHELD, "asked", 2),
        (_C.PERSONAL_DATA, _O.PASSAGE_WITHHELD, "", 3), (_C.INACCURATE, _O.CORRECTED, "", 2), (_C.INACCURATE, _O.DECLINED, "", 3),
        (_C.TERMS, _O.REMOVED, "", 3), (_C.FRAUD, _O.REMOVED, "", 2), (_C.ENTERPRISE, _O.REPLY_ATTACHED, "forwarded", 2),
        (_C.ENTERPRISE, _O.DECLINED, "forwarded", 2), (_C.MISLEADING_CONSUMER, _O.LABELLED, "", 2), (_C.PORTRAIT, _O.WITHHELD, "", 2),
        (_C.MINOR, _O.WITHHELD, "", 2), (_C.OTHER_ILLEGAL, _O.DECLINED, "asked", 2), (_C.TRADE_SECRET, _O.DECLINED, "", 1),
    )  # fmt: skip
    for category, outcome, first, number in plan:
        for days in _spread(stage, number, 85, 9):
            yield days, lives.decided(stage, category, next(who), outcome, first)
    yield 40, lives.joined(stage, _C.REPUTATION, (words.PEOPLE[1], words.PEOPLE[4], words.PEOPLE[13]), _O.DECLINED)
    for days in _spread(stage, 2, 60, 45):
        yield days, lives.restored(stage, _C.REPUTATION, next(who), _O.WITHHELD)
    for days in _spread(
        stage, 4, 80, 30
    ):  # one mailbox with notices that have nothing behind them: warned, then suspended
        yield days, lives.decided(stage, _C.INACCURATE, words.SPAMMER, _O.DECLINED)
    yield 25, _suspended(stage)


def _suspended(stage: Stage) -> Life:
    admin = stage.person(words.STAFF[0][0])
    for level in (Level.WARNED, Level.SUSPENDED):
        said = {"gravity": "占用审核时间", "intent": "以删帖为业", "reason": "多份通知没有任何依据，内容雷同。"}
        stage.act(
            standings.put,
            stage.site,
            admin,
            words.SPAMMER.email,
            Side.NOTIFIER,
            level,
            said,
            stage.now,
            "zh-Hans",
        )
        yield stage.hours(100, 150)
    stage.notify(_C.INACCURATE, words.SPAMMER)


def _redress(stage: Stage, who: Iterator[Person]) -> Iterator[tuple[float, Life]]:
    for ending, number, oldest, newest in (
        ("", 3, 13, 8),
        ("honoured", 2, 60, 40),
        ("held", 3, 45, 20),
        ("ruled", 1, 80, 70),
    ):
        for days in _spread(stage, number, oldest, newest):
            yield days, lives.countered(stage, next(who), ending)
    yield 15, lives.countered(stage, next(who))
    for outcome, ruled, number, oldest, newest in (
        (_O.DECLINED, "", 3, 16, 9), (_O.WITHHELD, "", 2, 15, 9), (_O.DECLINED, "dismiss", 2, 70, 30),
        (_O.DECLINED, "uphold", 1, 60, 40), (_O.WITHHELD, "uphold", 1, 55, 35), (_O.WITHHELD, "dismiss", 1, 50, 30),
    ):  # fmt: skip
        for days in _spread(stage, number, oldest, newest):
            yield days, lives.appealed(stage, _C.REPUTATION, next(who), outcome, ruled)


def _closed(stage: Stage, who: Iterator[Person]) -> Iterator[tuple[float, Life]]:
    for days in _spread(stage, 3, 70, 10):
        yield days, lives.withdrawn(stage, _C.PERSONAL_DATA, next(who))
    for days in _spread(stage, 3, 60, 12):  # asked, and never answered
        yield days, lives.asked(stage, _C.INACCURATE, next(who))
    for ending, days in zip(
        (_E.DUPLICATE, _E.ABUSIVE, _E.NOT_OURS, _E.NOT_OURS), _spread(stage, 4, 75, 5), strict=True
    ):
        yield days, lives.rejected(stage, _C.ENTERPRISE, next(who), ending)
