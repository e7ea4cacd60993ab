"""The queue: its lines, leases, views, batches, weights and routes; items moved between cases; the desk's search."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = "is_open"

_FILTERED = (
    "is_urgent", "is_trusted", "has_passage", "channels", "source", "language", "publisher", "opened_at", "due_kind",
)  # fmt: skip

_LINE_INDEXES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("ix_line_rank", ("rank", "due_at", "case_id", *_FILTERED), _OPEN),
    ("ix_line_due", ("due_at", "case_id"), _OPEN),
    ("ix_line_opened", ("opened_at", "case_id"), _OPEN),
    ("ix_line_notices", ("notices", "case_id"), _OPEN),
    ("ix_line_state", ("state", "rank", "due_at", "case_id"), _OPEN),
    ("ix_line_category", ("category", "rank", "due_at", "case_id"), _OPEN),
    ("ix_line_assignee", ("assignee_id", "rank", "due_at", "case_id"), _OPEN),
    ("ix_line_after", ("state", "due_at", "case_id"), "ended_at IS NULL"),
    (
        "ix_line_over",
        ("state", "ended_at", "case_id", "category", "assignee_id", *_FILTERED),
        "ended_at IS NOT NULL",
    ),
    ("ix_line_publisher", ("publisher", "state", "ended_at", "case_id"), "ended_at IS NOT NULL"),
    ("ix_line_turns", ("turns_at",), "turns_at IS NOT NULL"),
    ("ix_line_weighting", ("weighting_id", "case_id"), _OPEN),
)

# a line of every case there is, bare; the worker fills it in, because its place is long since due to be looked at
_LINES = """
INSERT INTO line (
  case_id, is_open, state, category, source, article_id, language, publisher, assignee_id, opened_at, ended_at, channels,
  is_urgent, is_trusted, has_passage, rank, due_at, notices, marks, why, is_law, turns_at, weighting_id, quote, role, kind,
  missing)
SELECT c.id, c.decided_at IS NULL AND c.closed_at IS NULL, c.state, c.category, c.source, c.article_id, a.language,
  a.publisher_name, c.assignee_id, c.opened_at,
  CASE WHEN c.state IN ('decided', 'closed') THEN coalesce(c.closed_at, c.decided_at) END,
  0, c.is_urgent, {no}, {no}, 0, c.opened_at, 0, '[]', '[]', {no}, c.opened_at, 0, '', '', '', '[]'
FROM "case" c JOIN article a ON a.id = c.article_id
"""

_TASKS = """
INSERT INTO search_task (kind, ref)
SELECT kind, ref FROM (
  SELECT 'notice' AS kind, id AS ref, received_at AS at FROM notice
  UNION ALL SELECT 'message', id, created_at FROM message
  UNION ALL SELECT 'article', a.id, r.first_seen_at FROM article a JOIN revision r ON r.id = a.revision_id
) AS found ORDER BY at, kind, ref
"""


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _number(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _text(name: str, length: int = 40, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _flag(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    _make_line()
    _make_work()
    _make_views()
    _make_search()
    op.execute(_LINES.format(no="false" if op.get_bind().dialect.name == "postgresql" else "0"))
    op.execute(_TASKS)


def _make_line() -> None:
    op.create_table(
        "line",
        _key("case_id"),
        _flag("is_open"),
        _text("state"),
        _text("category"),
        _text("source"),
        _number("article_id"),
        _text("language", 20),
        _text("publisher", 200),
        _number("assignee_id", nullable=True),
        _at("opened_at"),
        _at("ended_at", nullable=True),
        _number("channels"),
        _flag("is_urgent"),
        _flag("is_trusted"),
        _flag("has_passage"),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        _at("due_at"),
        _text("due_kind", nullable=True),
        _at("law_at", nullable=True),
        _at("decide_by", nullable=True),
        _number("notices"),
        _json("marks"),
        _json("why"),
        _flag("is_law"),
        _at("turns_at", nullable=True),
        _number("weighting_id"),
        _text("quote", 200),
        _text("role"),
        _text("kind"),
        _json("missing"),
        _to("line", "case_id", "case"),
        _to("line", "article_id", "article"),
        _to("line", "assignee_id", "account"),
        sa.PrimaryKeyConstraint("case_id", name="pk_line"),
    )
    for name, columns, where in _LINE_INDEXES:
        on_sqlite = f"{where} = 1" if where == _OPEN else where
        op.create_index(name, "line", columns, sqlite_where=sa.text(on_sqlite), postgresql_where=sa.text(where))
    op.create_index("ix_line_article_id", "line", ["article_id"])


def _make_work() -> None:
    op.create_table(
        "lease",
        _key("case_id"),
        _number("account_id"),
        _at("since"),
        _at("until"),
        _to("lease", "case_id", "case"),
        _to("lease", "account_id", "account"),
        sa.PrimaryKeyConstraint("case_id", name="pk_lease"),
    )
    op.create_index("ix_lease_account_id", "lease", ["account_id"])
    op.create_table(
        "presence",
        _key("case_id"),
        _key("account_id"),
        _at("until"),
        _to("presence", "case_id", "case"),
        _to("presence", "account_id", "account"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_presence"),
    )
    op.create_table(
        "weighting",
        _number("id"),
        _json("points"),
        _at("saved_at"),
        _number("saved_by_id"),
        _to("weighting", "saved_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_weighting"),
    )
    op.create_table(
        "route",
        _number("id"),
        _number("position"),
        _text("category", nullable=True),
        _text("language", 20),
        _json("people"),
        sa.PrimaryKeyConstraint("id", name="pk_route"),
    )
    op.create_table(
        "transfer",
        _number("id"),
        _text("kind"),
        _number("from_case_id"),
        _number("to_case_id"),
        _number("account_id"),
        _at("at"),
        _json("items"),
        _at("undone_at", nullable=True),
        _to("transfer", "from_case_id", "case"),
        _to("transfer", "to_case_id", "case"),
        _to("transfer", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer"),
    )
    op.create_index("ix_transfer_from_case_id", "transfer", ["from_case_id"])
    op.create_index("ix_transfer_to_case_id", "transfer", ["to_case_id"])
    op.create_table(
        "batch",
        _number("id"),
        _text("key", 64),
        _number("account_id"),
        _json("draft"),
        _at("created_at"),
        _to("batch", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("key", name="uq_batch_key"),
    )
    op.create_index("ix_batch_account_id", "batch", ["account_id"])
    op.create_table(
        "batch_row",
        _number("id"),
        _number("batch_id"),
        _number("case_id"),
        _number("version"),
        _text("state"),
        _number("left_version", nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        _to("batch_row", "batch_id", "batch"),
        _to("batch_row", "case_id", "case"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_row"),
    )
    op.create_index("ix_batch_row_batch_id", "batch_row", ["batch_id"])


def _make_views() -> None:
    op.create_table(
        "saved_view",
        _number("id"),
        _number("owner_id"),
        _text("name", 60),
        _text("query", 1000),
        _flag("is_shared"),
        _at("created_at"),
        _to("saved_view", "owner_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("owner_id", "name", name="uq_saved_view_owner_name"),
    )
    op.create_index("ix_saved_view_is_shared", "saved_view", ["is_shared"])
    op.create_table(
        "subscription",
        _number("id"),
        _number("view_id"),
        _number("account_id"),
        sa.Column("sent_on", sa.Date(), nullable=False),
        _to("subscription", "view_id", "saved_view"),
        _to("subscription", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name="pk_subscription"),
        sa.UniqueConstraint("view_id", "account_id", name="uq_subscription_view_account"),
    )


def _make_search() -> None:
    op.create_table(
        "search_entry",
        _number("id"),
        _text("kind"),
        _number("ref"),
        _at("at"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_entry"),
        sa.UniqueConstraint("kind", "ref", name="uq_search_entry_kind_ref"),
    )
    op.create_index("ix_search_entry_kind", "search_entry", ["kind", "id"])
    op.create_table(
        "search_task",
        _number("id"),
        _text("kind"),
        _number("ref"),
        sa.PrimaryKeyConstraint("id", name="pk_search_task"),
    )
    # one index, in the way of each database: FTS5 keeps its lists in order of rowid, GIN needs to be told of stretches
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5(words, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute(
            "CREATE TABLE search_index (id integer PRIMARY KEY, words tsvector NOT NULL, stretch integer[] NOT NULL)"
        )
        op.execute(
            "CREATE INDEX ix_search_index_words ON search_index USING gin (words, stretch) WITH (fastupdate = off)"
        )


def downgrade() -> None:
    op.execute("DROP TABLE search_index")
    for table in (
        "search_task",
        "search_entry",
        "subscription",
        "saved_view",
        "batch_row",
        "batch",
        "transfer",
        "route",
        "weighting",
        "presence",
        "lease",
        "line",
    ):
        op.drop_table(table)
