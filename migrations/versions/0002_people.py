"""Second factors, sessions that wait for one, recusals, and when somebody was last seen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("account", sa.Column("seen_at", _AT, nullable=True))
    # who is signed in stays so, but shows anew who they are before the next grave act
    op.add_column("session", sa.Column("awaits_factor", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("session", sa.Column("proved_at", _AT, nullable=True))
    op.add_column("session", sa.Column("agent", sa.String(length=60), nullable=True))
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("key_epoch", sa.String(length=8), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_authenticator_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_authenticator"),
        sa.UniqueConstraint("account_id", "is_confirmed", name="uq_authenticator_account_id"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("credential", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("used_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_passkey_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential", name="uq_passkey_credential"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("used_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("digest", name="uq_recovery_code_digest"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"])
    op.create_table(
        "recusal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "about",
            sa.Enum("publisher", "domain", "article", name="about", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recusal_account_id"),
        sa.ForeignKeyConstraint(["set_by_id"], ["account.id"], name="fk_recusal_set_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recusal"),
        sa.UniqueConstraint("account_id", "about", "value", name="uq_recusal_account_id"),
    )


def downgrade() -> None:
    for table in ("recusal", "recovery_code", "passkey", "authenticator"):
        op.drop_table(table)
    op.execute("DELETE FROM session WHERE awaits_factor")  # before, every session opened the whole desk
    for column in ("agent", "proved_at", "awaits_factor"):
        op.drop_column("session", column)
    op.drop_column("account", "seen_at")
