"""A database of very many notices, written by the driver in minutes: what the service would have left, without its doing.

Six in a hundred notices' worth of cases are open, on a hundredth as many articles; the rest was decided over two years. A small
one has as many open cases as it takes to fill the pages that are compared. What
was written before is gone on from, so that a run that was cut off loses little.
"""

import hashlib
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Column, Table

from tests.factories import markdown
from tracker.db import Base
from tracker.domain import urgency
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.grams import searchable, tokens
from tracker.domain.quotes import Quote
from tracker.models import EntryKind
from tracker.queries.search_texts import MARKS, STRETCH
from tracker.services.quoting import Found

CHUNK = 5000
"""Cases a transaction."""

EMPTY: dict[type, object] = {
    object: {},
    str: "",
    int: 0,
    bool: False,
    datetime: None,
    date: None,
    bytes: b"",
    dict: {},
    list: [],
}

TERMS = {  # how often each stands in a notice; the rest of the text never has them
    "的": 0.9, "催收": 0.3, "催收员": 0.1, "征信修复": 0.05, "猕猴": 0.01, "contract": 0.05,
    "龘": 0.00002, "榴莲": 0.00002, "鼠标垫": 0.00002, "蓝色鼠标": 0.00002, "zebra": 0.00002,
}  # fmt: skip
ABSENT = ("𠮷", "垚垚", "催收费", "征信收费", "xylophone")
"""Never in one piece; the pairs of 催收费 and 征信收费 are common."""

OLD = "旧案专项"
"""In every second notice of the oldest tenth, and nowhere since."""


class Texts:
    """Sentences with their tokens, made once: a text is a few of them, and its tokens are theirs."""

    def __init__(self, chance: random.Random) -> None:
        letters = [chr(code) for code in chance.sample(range(0x4E00, 0x9FA5), 1500)]
        letters = [letter for letter in letters if letter not in "催收费员征信修复的猕猴龘榴莲鼠标垫蓝色旧案专项𠮷垚"]
        weights = [1 / (n + 5) for n in range(len(letters))]
        self.sentences = ["".join(chance.choices(letters, weights, k=chance.randint(9, 24))) for _ in range(4000)]
        self.sentences += [f"{a}收费{b}" for a, b in zip(self.sentences[:400], self.sentences[400:800], strict=True)]
        self.chance = chance
        self._held: dict[str, tuple[str, str]] = {}

    def held(self, sentence: str) -> tuple[str, str]:
        """Return a sentence in its searchable form, and its tokens."""
        if sentence not in self._held:
            kept = searchable(sentence).strip()
            self._held[sentence] = kept, " ".join(tokens(kept))
        return self._held[sentence]

    def text(self, is_old: bool = False) -> list[str]:
        """Return the sentences of one text."""
        parts = [
            self.sentences[int(self.chance.random() ** 2 * len(self.sentences))]
            for _ in range(self.chance.randint(3, 6))
        ]
        parts += [f"{term}" for term, share in TERMS.items() if self.chance.random() < share]
        return [*parts, OLD] if is_old and self.chance.random() < 0.5 else parts


class Sink:
    """Writes rows of a table as fast as the driver does; columns not named get what an empty row has."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.lite = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self.lite.execute("PRAGMA synchronous=OFF")
            self.lite.execute("PRAGMA journal_mode=WAL")
        else:
            self.pg = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
            self.pg.execute("SET session_replication_role = replica")  # no trigger, no foreign key is asked
            self.pg.execute("SET maintenance_work_mem = '1GB'")
        self._blank = {table.name: self._empty(table) for table in Base.metadata.tables.values()}

    def _empty(self, table: Table) -> dict[str, object]:
        return {c.name: self._shown(_blank(c)) for c in table.columns}

    def _shown(self, value: object) -> object:
        if isinstance(value, dict | list):
            return json.dumps(value, ensure_ascii=False)
        if isinstance(value, datetime) and self.is_sqlite:
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return str(value) if isinstance(value, date) and not isinstance(value, datetime) and self.is_sqlite else value

    def put(self, table: str, rows: list[dict[str, object]]) -> None:
        """Write rows."""
        blank = self._blank[table]
        full = [tuple({**blank, **{k: self._shown(v) for k, v in row.items()}}.values()) for row in rows]
        columns = ", ".join(f'"{name}"' for name in blank)
        if self.is_sqlite:
            marks = ", ".join("?" * len(blank))
            self.lite.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', full)
            return
        with self.pg.cursor().copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:  # type: ignore[arg-type]
            for row in full:
                copy.write_row(row)

    def words(self, rows: list[tuple[int, str, str]]) -> None:
        """Write the words of entries: number, mark, tokens."""
        if self.is_sqlite:
            self.lite.executemany(
                "INSERT INTO search_index (rowid, words) VALUES (?, ?)",
                [(n, f"{mark} {held}") for n, mark, held in rows],
            )
            return
        with self.pg.cursor().copy("COPY search_index (id, words, stretch) FROM STDIN") as copy:
            for number, mark, held in rows:
                lexemes = " ".join(f"'{token}'" for token in sorted({mark, *held.split()}))
                copy.write_row((number, lexemes, [number >> STRETCH]))

    def run(self, *statements: str) -> None:
        """Run statements one by one."""
        for statement in statements:
            (self.lite.execute if self.is_sqlite else self.pg.execute)(statement)  # type: ignore[arg-type]

    def one(self, query: str) -> int:
        """Return the one number that a query gives."""
        row = (self.lite.execute if self.is_sqlite else self.pg.execute)(query).fetchone()  # type: ignore[arg-type]
        return int(row[0] or 0) if row else 0

    def close(self) -> None:
        """Let go of the database."""
        (self.lite if self.is_sqlite else self.pg).close()


def _blank(column: Column[Any]) -> object:
    """Return what a row has in a column that nobody names: as the model has it, or nothing."""
    if column.default is not None and column.default.is_callable:
        return column.default.arg(None)
    return None if column.nullable else EMPTY.get(_python(column.type), "")


def _python(kind: Any) -> type:
    try:
        found = kind.python_type
    except NotImplementedError:
        return dict
    return str if issubclass(found, str) else found


def fill(url: str, notices: int, now: datetime) -> None:
    """Write `notices` notices with all that goes with them; go on where an earlier run was cut off."""
    sink, started = Sink(url), time.monotonic()
    maker = Maker(notices, now)
    if sink.one("SELECT count(*) FROM article") == 0:
        sink.run("BEGIN")
        maker.write_basis(sink)
        sink.run("COMMIT")
    first = sink.one('SELECT max(id) FROM "case"') + 1
    if first <= maker.cases and not sink.is_sqlite:  # built once over all rows is quicker than with each
        sink.run("DROP INDEX IF EXISTS ix_search_index_words")
    for start in range(first, maker.cases + 1, CHUNK):
        sink.run("BEGIN")
        maker.write_cases(sink, range(start, min(start + CHUNK, maker.cases + 1)))
        sink.run("COMMIT")
        print(f"\r{min(start + CHUNK, maker.cases):,} of {maker.cases:,} cases", end="", flush=True, file=sys.stderr)
    if not sink.is_sqlite:
        sink.run(
            "CREATE INDEX IF NOT EXISTS ix_search_index_words ON search_index USING gin (words, stretch) WITH (fastupdate = off)"
        )
        for table in Base.metadata.tables.values():
            if "id" in table.c and len(table.primary_key) == 1 and table.c.id.type.python_type is int:
                sink.run(
                    f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), (SELECT coalesce(max(id), 1) FROM \"{table.name}\"))"
                )
        sink.run("VACUUM ANALYZE")
    sink.close()
    print(f"\n{notices:,} notices in {time.monotonic() - started:.0f} s", file=sys.stderr)


class Maker:
    """Makes the rows; the same for the same number of notices."""

    def __init__(self, notices: int, now: datetime) -> None:
        self.now, self.articles = now, max(100, notices // 100)
        self.cases = notices // 2
        self.open = (
            max(self.cases * 4 // 5, 1) if notices < 10_000 else notices * 6 // 100
        )  # a small one fills its pages too
        self.step = timedelta(days=730) / (self.cases + 1)
        self.chance = random.Random(2026)
        self.texts = Texts(random.Random(2027))
        self.names = list(CategoryName)

    def write_basis(self, sink: Sink) -> None:
        """Write accounts, articles and their revisions."""
        long_ago = self.now - timedelta(days=800)
        people = [
            {"id": n, "email": f"m{n}@example.org", "name": f"审核{n}", "role": "moderator", "created_at": long_ago}
            for n in range(2, 18)
        ]
        sink.put("account", people)
        for start in range(1, self.articles + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, self.articles + 1))
            bodies = {n: "。\n\n".join(self.texts.text()) for n in numbers}
            sink.put("article", [
                {
                    "id": n, "slug": f"a{n}", "language": "en" if n % 20 == 0 else "zh-Hans", "category": "debt-collection",
                    "title": f"第{n}篇：{bodies[n][:14]}", "summary": bodies[n][:60], "tags": ["逾期"], "origin": "own",
                    "publisher_name": f"发布者{n % 50}" if n % 3 == 0 else "编辑部", "publisher_email": f"p{n % 50}@example.org",
                    "published_on": long_ago.date(), "revision_id": n,
                }
                for n in numbers
            ])  # fmt: skip
            sources = {n: markdown(f"a{n}", bodies[n]) for n in numbers}
            sink.put("revision", [
                {
                    "id": n, "article_id": n, "source": source, "sha256": hashlib.sha256(source).hexdigest(),
                    "text_sha256": f"{n:064}", "first_seen_at": long_ago,
                }
                for n, source in sources.items()
            ])  # fmt: skip

    def write_cases(self, sink: Sink, numbers: range) -> None:
        """Write these cases with their notices, limits, decisions, mails, lines and words."""
        rows: dict[str, list[dict[str, object]]] = {}
        index: list[tuple[int, str, str]] = []
        for number in numbers:
            for table, row in self._case(number, index):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            sink.put(table, found)
        sink.words(index)

    def _case(self, number: int, index: list[tuple[int, str, str]]) -> Iterator[tuple[str, dict[str, object]]]:
        at = self.now - timedelta(days=730) + self.step * number
        is_open = number > self.cases - self.open
        nth = number - (self.cases - self.open) if is_open else number
        article, name = 1 + nth % self.articles, self.names[(nth // self.articles) % len(self.names)]
        if not is_open:
            name = self.names[number * 7919 % len(self.names)]
        state = self.chance.choices(("received", "in_review", "needs_info", "awaiting_reply"), (60, 25, 10, 5))[0]
        if not is_open:
            state = "appealed" if number % 997 == 0 else "closed" if at < self.now - timedelta(days=200) else "decided"
        taken = 2 + number % 16 if state != "received" and number % 3 else None
        decided = None if is_open else at + timedelta(days=3)
        yield "case", {
            "id": number, "article_id": article, "source": "notice", "category": name, "state": state, "version": 1, "opened_at": at,
            "outcome": None if is_open else ("declined" if number % 3 else "withheld"), "assignee_id": taken, "changed_at": at,
            "changed_by": "通知人", "is_urgent": CATEGORIES[name].is_urgent, "accepted_at": None if state == "received" else at,
            "decided_at": decided, "closed_at": at + timedelta(days=190) if state == "closed" else None,
        }  # fmt: skip
        due = {"triage": at + timedelta(hours=24), "decide": at + timedelta(days=7 + number % 60)}
        if state != "received":
            due.pop("triage")
        for n, (kind, ends) in enumerate(due.items() if is_open else [("decide", at + timedelta(days=7))]):
            yield "clock", {
                "id": 3 * number + n, "case_id": number, "kind": kind, "subject": "case", "starts_at": at, "due_at": ends, "stopped_at": decided,
            }  # fmt: skip
        if decided:
            yield "decision", {
                "id": number, "case_id": number, "case_version": 1, "outcome": "declined" if number % 3 else "withheld", "ground_type": "law",
                "ground_ref": "《民法典》第一千零二十四条", "ground_explanation": "理由", "facts": "事实", "statement": {}, "decided_by_id": taken or 2,
                "decided_at": decided,
            }  # fmt: skip
        yield from self._line(number, article, name, state, at, due, decided, taken, is_open=is_open)
        for notice in (2 * number - 1, 2 * number):
            yield from self._notice(
                notice, number, article, name, at + self.step / 2 * (notice % 2 == 0), decided, index
            )

    def _line(
        self, number: int, article: int, name: CategoryName, state: str, at: datetime, due: dict[str, datetime],
        decided: datetime | None, taken: int | None, *, is_open: bool,
    ) -> Iterator[tuple[str, dict[str, object]]]:  # fmt: skip
        kind = min(due, key=lambda kind: due[kind])
        marks = [
            m for m, share in (("minor", 0.03), ("personal", 0.1), ("trusted", 0.01)) if self.chance.random() < share
        ]
        facts = urgency.Facts(tuple(marks), 2, at, due[kind], None)
        placed = urgency.place(facts, urgency.DEFAULTS, self.now)
        yield "line", {
            "case_id": number, "is_open": is_open, "state": state, "category": name, "source": "order" if number % 5000 == 0 else "notice",
            "article_id": article, "language": "en" if article % 20 == 0 else "zh-Hans",
            "publisher": f"发布者{article % 50}" if article % 3 == 0 else "编辑部", "assignee_id": taken, "opened_at": at,
            "ended_at": None if is_open or state == "appealed" else decided, "channels": 8 if number % 400 == 0 else 1,
            "is_urgent": "minor" in marks, "is_trusted": "trusted" in marks, "has_passage": number % 3 > 0, "rank": placed.rank,
            "due_at": due[kind], "due_kind": kind if is_open else None, "decide_by": due["decide"], "notices": 2, "marks": marks,
            "why": [list(reason) for reason in placed.why], "turns_at": self.now + timedelta(days=9) if is_open else None,
            "quote": "引文" * 20, "role": "owner", "kind": "person", "missing": ["签名"],
        }  # fmt: skip

    def _notice(
        self, notice: int, case: int, article: int, name: CategoryName, at: datetime, decided: datetime | None,
        index: list[tuple[int, str, str]],
    ) -> Iterator[tuple[str, dict[str, object]]]:  # fmt: skip
        parts = self.texts.text(is_old=notice < self.cases // 5)
        said, email = "，".join(parts), f"n{notice}@example.org"
        answers = {"addresses": f"http://localhost/articles/a{article}", "explanation": said, "email": email, "notifier_role": "owner",
                   "notifier_name": f"通知人{notice}", "passage": parts[0], "stmt_truth": "1"}  # fmt: skip
        yield "notice", {
            "id": notice, "reference": f"R-{notice}", "draft": f"{notice:064}", "channel": "web", "category": name, "regimes": ["cn_civil"],
            "language": "zh-Hans", "mailbox": email, "answers": answers, "sha256": f"{notice:064}", "received_at": at,
        }  # fmt: skip
        yield "item", {
            "id": notice, "notice_id": notice, "case_id": case, "article_id": article, "revision_id": article, "mailbox": email,
            "address": answers["addresses"], "passage": parts[0], "passage_found": True, "quotes": [Found(Quote(parts[0]), is_found=True).as_dict()],
            "state": "answered" if decided else "open", "answered_at": decided,
        }  # fmt: skip
        yield "mail", {
            "id": notice, "cause": f"notice:{notice}:acknowledgement", "name": "acknowledgement", "notice_id": notice, "language": "zh-Hans",
            "recipient": email, "mailbox": email, "is_limited": True, "subject": "已收到", "text": "已收到您的通知。", "message_id": f"<{notice}@x>",
            "state": "sent", "created_at": at, "due_at": at, "attempts": 1, "sent_at": at,
        }  # fmt: skip
        held = [self.texts.held(part) for part in [*parts, f"通知人{notice}", email, parts[0]]]
        yield (
            "search_entry",
            {"id": notice, "kind": "notice", "ref": notice, "at": at, "text": f" {' '.join(k for k, _ in held)} "},
        )
        index.append((notice, MARKS[EntryKind.NOTICE], " ".join(t for _, t in held)))
