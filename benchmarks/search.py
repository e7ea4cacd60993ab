"""The readers' search with very many articles: common, rare and absent words of one to eight characters, as a page.

    .venv/bin/python benchmarks/search.py [--database sqlite|postgresql] [--articles 100000] [--rounds 15] [--keep FOLDER]

Each page is asked of the application in this process. The articles are made of words as often as words are (Zipf), five in a
hundred are English; `--keep` keeps the database for another run. Printed are the median and the 95th percentile of all
requests of a class in milliseconds, and what it takes to put an article into the index or take it out, as a decision does.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import psycopg
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from sqlalchemy import select

from benchmarks.many import Sink
from config import ROOT, Config
from tests.conftest import Browser
from tests.postgres import Cluster
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.domain.ranking import place
from tracker.models import Article, ReaderText
from tracker.render.findable import Findable, kept, words
from tracker.services import finding

CHUNK = 1000
"""Articles a transaction."""

COMMON = {
    "的": 0.95, "催收": 0.4, "借款人": 0.3, "征信报告": 0.3, "信用卡逾期": 0.2, "金融消费者权": 0.2, "个人信息保护法": 0.2,
    "国家金融监督管理": 0.2, "收费": 0.4, "contract": 0.2, "app贷款": 0.1,
}  # fmt: skip
"""Words, and in how much of the articles each stands; a twentieth of it in the title, a tenth in the summary."""

RARE = ("龘", "榴莲", "鼠标垫", "蓝色鼠标", "紫色榴莲干", "山竹与榴莲酥", "百香果味榴莲糖", "进口猫山王榴莲肉", "zebra")
"""Each in three articles."""

ABSENT = (
    "𠮷",
    "垚垚",
    "催收费",
    "征信收费",
    "信用卡收费",
    "金融消费收费",
    "个人信息保护收费",
    "金融监督管理收费",
    "xylophon",
)
"""Never in one piece, but made of pieces that are common."""

CLASSES = {
    "common": [*COMMON],
    "rare": [*RARE],
    "absent": [*ABSENT],
    "several words": ["催收 借款人", "的 收费 催收", "催收 榴莲", "的 龘", "催收 垚垚", "旧词 催收"],
    "old": ["旧词"],  # in every second article of the older half, and nowhere since
    "traditional": ["徵信報告", "個人資料保護法", "信用卡逾期", "軟體"],
}


class Words:
    """Makes articles: the same for the same number."""

    def __init__(self, articles: int) -> None:
        self.chance = random.Random(2026)
        taken = set("".join([*COMMON, *RARE, *ABSENT, "旧词"]))
        letters = [letter for code in range(0x4E00, 0x9000, 7) if (letter := chr(code)) not in taken]
        lengths = self.chance.choices((1, 2, 3, 4), (15, 65, 15, 5), k=30_000)
        self.chinese = ["".join(self.chance.choices(letters, k=n)) for n in lengths]
        self.latin = [
            "".join(self.chance.choices("aeioubcdfglmnprst", k=self.chance.randint(2, 10))) for _ in range(5000)
        ]
        self.weights = [list(accumulate(1 / (n + 8) for n in range(len(each)))) for each in (self.chinese, self.latin)]
        self.articles = articles
        self.rare = {word: set(self.chance.sample(range(1, articles + 1), 3)) for word in RARE}

    def parts(self, number: int) -> tuple[str, str, str]:
        """Return the title, summary and body of an article."""
        is_english = number % 20 == 0
        said = [word for word, share in COMMON.items() if self.chance.random() < share]
        said += [word for word, where in self.rare.items() if number in where]
        if number < self.articles // 2 and number % 2:
            said.append("旧词")
        title, summary = ([word for word in said if self.chance.random() < share] for share in (0.05, 0.1))
        body = [self.sentence(is_english) for _ in range(self.chance.randint(40, 110))]
        for word in said:
            at = self.chance.randrange(len(body))
            body[at] += "，" + word + "，"
        heads = [self.sentence(is_english) + "，".join(each) for each in (title, summary)]
        return heads[0][:60], heads[1], "。\n".join(body)

    def sentence(self, is_english: bool) -> str:
        """Return a few words in a row."""
        known, weights = (self.latin, self.weights[1]) if is_english else (self.chinese, self.weights[0])
        return (" " if is_english else "").join(
            self.chance.choices(known, cum_weights=weights, k=self.chance.randint(5, 12))
        )


def fill(url: str, articles: int, today: date) -> None:
    """Write articles with the words that readers see of them, as the service would have left them."""
    sink, made, started = Sink(url), Words(articles), time.monotonic()
    if sink.one("SELECT count(*) FROM article") >= articles:
        sink.close()
        return
    if not sink.is_sqlite:
        sink.run("DROP INDEX IF EXISTS ix_reader_index_words")
    for start in range(1, articles + 1, CHUNK):
        sink.run("BEGIN")
        _write(sink, made, range(start, min(start + CHUNK, articles + 1)), today)
        sink.run("COMMIT")
        print(f"\r{start + CHUNK - 1:,} of {articles:,}", end="", flush=True, file=sys.stderr)
    if not sink.is_sqlite:
        sink.run(
            "CREATE INDEX ix_reader_index_words ON reader_index USING gin (words) WITH (fastupdate = off)",
            "VACUUM ANALYZE",
        )
    sink.close()
    print(f"\n{articles:,} articles in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _write(sink: Sink, made: Words, numbers: range, today: date) -> None:
    rows, texts, held = [], [], []
    for number in numbers:
        title, summary, body = made.parts(number)
        on = today - timedelta(days=(made.articles - number) * 2900 // made.articles)
        language = "en" if number % 20 == 0 else "zh-Hans"
        rows.append({
            "id": number, "slug": f"a{number}", "language": language, "category": "debt-collection", "title": title,
            "summary": summary, "origin": "own", "publisher_name": "编辑部", "publisher_email": "p@example.org",
            "published_on": on, "revision_id": None, "search_text": (searched := kept(title, summary, body)),
        })  # fmt: skip
        at = place(on, number)
        texts.append({"place": at, "article_id": number, "language": language, "body": body})
        held.append((at, words(searched, language, at)))
    sink.put("article", rows)
    sink.put("reader_text", texts)
    if sink.is_sqlite:
        joined = [(at, " ".join(found)) for at, found in held]
        sink.lite.executemany("INSERT INTO reader_index (rowid, words) VALUES (?, ?)", joined)
        return
    with sink.pg.cursor().copy("COPY reader_index (place, words) FROM STDIN") as copy:
        for row in held:
            copy.write_row(row)


@contextmanager
def database(kind: str, folder: Path, articles: int) -> Iterator[str]:
    """Give the address of a filled database."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / f'{articles}.db'}"
        _migrate(url)
        fill(url, articles, datetime.now(UTC).date())
        yield url
        return
    folder.chmod(0o711)  # the server runs as another user than root
    (folder / "postgresql").mkdir(exist_ok=True)
    settings = ("shared_buffers=512MB", "max_wal_size=8GB", "fsync=on", "synchronous_commit=on")
    with Cluster.started(*settings, kept=folder / "postgresql") as cluster:
        with suppress(psycopg.errors.DuplicateDatabase):
            cluster.create(f"articles_{articles}")
        url = cluster.url(f"articles_{articles}")
        _migrate(url)
        fill(url, articles, datetime.now(UTC).date())
        yield url


def _migrate(url: str) -> None:
    alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["database_url"] = url
    command.upgrade(alembic, "head")


def application(folder: Path, url: str) -> Flask:
    """Return an application on a filled database."""
    settings = {
        "TRACKER_DATA": str(folder / "data"), "TRACKER_CONTENT": str(ROOT / "content"), "DATABASE_URL": url,
        "BASE_URL": "http://localhost", "SECRET_KEY": "a secret for benchmarks only, never for a site",
    }  # fmt: skip
    app = create_app(Config.from_environment(settings))
    app.test_client_class = Browser
    return app


def measure(app: Flask, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return the milliseconds of each request, by class and term, all terms in turn."""
    browser = app.test_client()
    times: dict[str, dict[str, list[float]]] = {name: {term: [] for term in terms} for name, terms in CLASSES.items()}
    for turn in range(rounds + 1):
        for name, terms in CLASSES.items():
            prefix = "/zh-hant" if name == "traditional" else ""
            for term in terms:
                started = time.perf_counter()
                answer = browser.get(f"{prefix}/search", query_string={"q": term})
                taken = (time.perf_counter() - started) * 1000
                if answer.status_code != 200 or any(word in term for word in ABSENT) != ("没有找到" in answer.text):
                    raise SystemExit(f"{term}: {answer.status_code}, or found what is not there")
                if turn:  # the first is warming up
                    times[name][term].append(taken)
    return times


def acts(app: Flask, number: int) -> list[float]:
    """Return the milliseconds of taking articles out of the index and putting them back, each in its transaction."""
    times = []
    with app.app_context():
        chosen = list(db.session.scalars(select(Article.id).where(Article.id % 97 == 0).limit(number)))
        for each in chosen:
            body = db.session.scalars(select(ReaderText.body).where(ReaderText.article_id == each)).one()
            for found in (None, Findable(body, db.session.get_one(Article, each).search_text)):
                started = time.perf_counter()
                with transaction():
                    finding.put(db.session.get_one(Article, each), found)
                times.append((time.perf_counter() - started) * 1000)
    return times


def percentiles(times: list[float]) -> str:
    """Return the median and the 95th percentile."""
    return f"{statistics.median(times):.1f} ({sorted(times)[int(len(times) * 0.95)]:.1f})"


def report(database: str, articles: int, times: dict[str, dict[str, list[float]]], written: list[float]) -> None:
    """Print a table by class and one by term."""
    print(
        f"\n{database}, {articles:,} articles, milliseconds a page, median (95th percentile)\n\n| | all | by term |\n|---|---|---|"
    )
    for name, terms in times.items():
        each = ", ".join(f"{term} {percentiles(found)}" for term, found in terms.items())
        print(f"| {name} | {percentiles([one for found in terms.values() for one in found])} | {each} |")
    print(f"| an article in or out | {percentiles(written)} | |")


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="tracker-search-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with database(options.database, folder, options.articles) as url:
            app = application(folder, url)
            times = measure(app, options.rounds)
            report(options.database, options.articles, times, acts(app, 100))
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
