"""A site of ten thousand articles: the first sync, one with nothing changed, one changed file, decisions, a new look.

    .venv/bin/python benchmarks/sync.py [--database sqlite|postgresql] [--articles 10000] [--decisions 40]

`tracker sync` is run as the command that an author runs, its start included: nothing changed is to take 2 seconds at most and to
write nothing. A changed file is to touch the pages it stands on and no others; a decision is to take 100 ms.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

from flask import Flask
from sqlalchemy import func, select

from benchmarks.many import Texts
from benchmarks.submit import database
from config import ROOT, Config
from tests import factories
from tracker import clock
from tracker.app import create_app
from tracker.cli import delivery
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.models import Account, Article, AuditEntry, Generation, Page
from tracker.services import decisions

SENTENCES = 120
"""Sentences of an article: some two thousand characters."""


def write(folder: Path, articles: int) -> None:
    """Write the files: over five years, in every category, with three of two hundred tags."""
    chance, texts = random.Random(2026), Texts(random.Random(2027))
    kinds = ["debt-collection", "credit-records", "borrower-rights", "inclusive-finance", "disputes"]
    for number in range(articles):
        said = chance.choices(texts.sentences, k=SENTENCES)
        parts = [f"## {said[n][:12]}\n\n{'，'.join(said[n : n + 20])}。" for n in range(0, SENTENCES, 20)]
        factories.write_article(
            folder,
            f"article-{number}",
            "\n\n".join([f"{factories.OLD}：{said[0]}。", *parts]),
            title=f"{said[1][:16]}（{number}）",
            summary=said[2],
            category=kinds[number % len(kinds)],
            tags=[f"标签{n}" for n in sorted(chance.sample(range(200), 3))],
            published=str(date(2026, 11, 1) - timedelta(days=number * 1800 // articles)),
        )


def command(settings: dict[str, str], *words: str) -> tuple[float, str]:
    """Run a command of the program; return the seconds it took and what it said."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr[-2000:] or done.stdout}")
    return time.perf_counter() - started, done.stdout.strip()


def pages() -> dict[str, str | None]:
    """Return the tag of every live page, by path."""
    db.session.rollback()
    live = select(Generation.id).where(Generation.is_live).scalar_subquery()
    return {
        row[0]: row[1] for row in db.session.execute(select(Page.path, Page.etag).where(Page.generation_id == live))
    }


def changed(before: dict[str, str | None], after: dict[str, str | None]) -> list[str]:
    """Return the paths of the pages that came, went or changed."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def entries() -> int:
    """Return how many acts there have been."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def decide(app: Flask, number: int) -> tuple[float, float]:
    """Withhold an article; return the seconds that took, its commit included, and those the worker took for the other pages."""
    site, by = app.extensions["site"], db.session.scalar(select(Account)) or factories.make_account()
    article = db.session.scalars(select(Article).where(Article.slug == f"article-{number}")).one()
    case = factories.open_case(article, clock.now())
    started = time.perf_counter()
    with transaction():
        decisions.decide(site, by, case.id, case.version, factories.draft(Outcome.WITHHELD), clock.now())
    decided = time.perf_counter()
    delivery.refresh(site)
    return decided - started, time.perf_counter() - decided


def report(app: Flask, settings: dict[str, str], options: argparse.Namespace) -> None:
    """Measure what is done on a site that has everything, and print it."""
    with app.app_context():
        before, acts = pages(), entries()
        idle = [command(settings, "tracker", "sync")[0] for _ in range(5)]
        start = [command(settings, "tracker", "sync", "--help")[0] for _ in range(3)]
        assert (pages(), entries()) == (before, acts), "a sync of nothing wrote something"
        print(
            f"- nothing changed: {statistics.median(idle):.2f} s, of which {statistics.median(start):.2f} s is the program's "
            f"start; nothing written; goal 2 s: {'met' if statistics.median(idle) <= 2 else 'FALLS SHORT'}"
        )
        middle = options.articles // 2
        file = Path(settings["TRACKER_CONTENT"]) / f"article-{middle}.md"
        file.write_text(file.read_text().replace("。\n", "。又。\n", 1))
        taken, _ = command(settings, "tracker", "sync")
        touched = changed(before, pages())
        print(
            f"- one file changed: {taken:.2f} s, {len(touched)} of {len(before):,} pages changed: {', '.join(touched)}"
        )
        numbers = range(1, options.articles, options.articles // options.decisions)
        times, after = zip(*(decide(app, number) for number in numbers), strict=True)
        slow = sorted(times)[int(len(times) * 0.95)]
        print(
            f"- a decision, after which no reader gets what it changed as it was: median {statistics.median(times) * 1000:.0f} ms, "
            f"95th percentile {slow * 1000:.0f} ms, of {len(times)}; goal 100 ms: {'met' if slow <= 0.1 else 'FALLS SHORT'}; "
            f"the worker makes the other pages again in {statistics.median(after) * 1000:.0f} ms"
        )
    taken, _ = command(settings | {"SITE_NAME": "另一个名字"}, "tracker", "sync")
    print(f"- a new name of the site, every page made anew beside the live ones: {taken:.0f} s")


def main() -> None:
    """Make the site, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--decisions", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        articles = [file.name for file in (ROOT / "content").glob("*.md")]
        shutil.copytree(ROOT / "content", folder / "content", ignore=shutil.ignore_patterns(*articles))
        write(folder / "content", options.articles)
        with database(options.database, folder) as (url, _):
            settings = {
                "TRACKER_DATA": str(folder / "data"), "TRACKER_CONTENT": str(folder / "content"), "DATABASE_URL": url,
                "BASE_URL": "http://localhost", "SECRET_KEY": "a secret for benchmarks only, never for a site",
            }  # fmt: skip
            command(settings, "alembic", "upgrade", "head")
            taken, _ = command(settings, "tracker", "sync")
            app = create_app(Config.from_environment(settings))
            with app.app_context():
                count = len(pages())
            print(f"\nA site of {options.articles:,} articles on {options.database}\n")
            print(
                f"- the first sync: {taken:.0f} s, {count:,} pages, {taken / options.articles * 1000:.0f} ms an article"
            )
            report(app, settings, options)


if __name__ == "__main__":
    main()
