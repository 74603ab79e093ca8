"""Statements and what their lines pay: runs, matches, cases for people, what was learnt.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


_CHANGES = ("budget_revision", "budget_transfer", "commitment", "commitment_release", "partner_details")
_SUMMED = (
    ("allocation", "call_id", "ix_allocation_paid"),
    ("payment", "certificate_id", "ix_payment_paid"),
)
_OWED = (
    ("funding_call", "ix_funding_call_owed", ["id", "state", "amount_centimes"]),
    ("certificate", "ix_certificate_owed", ["id", "net_centimes"]),
)
"""Indexes that sums are read from alone: which call or certificate is still open, of a million."""


def upgrade() -> None:
    _let_change((*_CHANGES, "bank_match"))
    for table, column, wide in _SUMMED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_{column}"))
            batch_op.create_index(wide, [column, "amount_centimes"], unique=False)
    for table, wide, columns in _OWED:
        op.create_index(wide, table, columns, unique=False)
    op.create_table(
        "reconciliation_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "abandoned",
                name=op.f("ck_reconciliation_run_reconciliationstate"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holder", sa.String(length=120), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(length=40), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome_sha256", sa.String(length=64), nullable=False),
        sa.Column("left_sha256", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'open' OR ended_at IS NULL", name=op.f("ck_reconciliation_run_open_has_no_end")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_run")),
    )
    with op.batch_alter_table("reconciliation_run") as batch_op:
        batch_op.create_index(batch_op.f("ix_reconciliation_run_started_at"), ["started_at"], unique=False)
        batch_op.create_index(
            "uq_reconciliation_run_open",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "statement_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "bank",
                "ledger",
                name=op.f("ck_statement_account_accountkind"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("mirrors_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mirrors_id"],
            ["statement_account.id"],
            name=op.f("fk_statement_account_mirrors_id_statement_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_account")),
        sa.UniqueConstraint("key", name=op.f("uq_statement_account_key")),
    )
    op.create_table(
        "line_match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "single",
                "merged",
                "split",
                "part",
                "duplicate",
                "reversal",
                "correction",
                "fee",
                "other",
                name=op.f("ck_line_match_matchkind"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "booked",
                "suggested",
                "lapsed",
                "rejected",
                "undone",
                name=op.f("ck_line_match_matchstatus"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("rival", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(length=40), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("undoes_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "author <> '' OR status NOT IN ('rejected', 'undone')",
            name=op.f("ck_line_match_person_decides"),
        ),
        sa.CheckConstraint(
            "status <> 'undone' OR undoes_id IS NOT NULL", name=op.f("ck_line_match_undone_is_named")
        ),
        sa.CheckConstraint("share BETWEEN 0 AND 10000", name=op.f("ck_line_match_share_in_range")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["reconciliation_run.id"], name=op.f("fk_line_match_run_id_reconciliation_run")
        ),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["line_match.id"], name=op.f("fk_line_match_undoes_id_line_match")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_match")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_line_match_undoes_id")),
    )
    with op.batch_alter_table("line_match") as batch_op:
        batch_op.create_index(batch_op.f("ix_line_match_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            "ix_line_match_suggested",
            ["status"],
            unique=False,
            sqlite_where=sa.text("status = 'suggested'"),
            postgresql_where=sa.text("status = 'suggested'"),
        )

    op.create_table(
        "statement_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stored", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("parser_version", sa.String(length=40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_before", sa.Date(), nullable=True),
        sa.Column("opening_centimes", sa.BigInteger(), nullable=True),
        sa.Column("closing_centimes", sa.BigInteger(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("faults >= 0", name=op.f("ck_statement_file_faults_not_negative")),
        sa.CheckConstraint("lines >= 0", name=op.f("ck_statement_file_lines_not_negative")),
        sa.CheckConstraint("starts_on < ends_before", name=op.f("ck_statement_file_starts_before_end")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["statement_account.id"],
            name=op.f("fk_statement_file_account_id_statement_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_statement_file_sha256")),
    )
    with op.batch_alter_table("statement_file") as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_file_account_id"), ["account_id"], unique=False)

    op.create_table(
        "lesson",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "spelling",
                "reference",
                name=op.f("ck_lesson_lessonkind"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("contractor", sa.String(length=300), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "run",
                "person",
                name=op.f("ck_lesson_lessonsource"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("match_id", sa.Uuid(), nullable=True),
        sa.Column("learnt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_by", sa.String(length=64), nullable=True),
        sa.Column("forgotten_reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(forgotten_at IS NULL) = (forgotten_by IS NULL)", name=op.f("ck_lesson_forgotten_whole")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_lesson_times_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["statement_account.id"], name=op.f("fk_lesson_account_id_statement_account")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["line_match.id"], name=op.f("fk_lesson_match_id_line_match")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_lesson_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
    )
    with op.batch_alter_table("lesson") as batch_op:
        batch_op.create_index(batch_op.f("ix_lesson_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_fingerprint"), ["fingerprint"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_match_id"), ["match_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_lesson_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(
            "uq_lesson_in_use",
            ["fingerprint"],
            unique=True,
            sqlite_where=sa.text("forgotten_at IS NULL"),
            postgresql_where=sa.text("forgotten_at IS NULL"),
        )

    op.create_table(
        "statement_fault",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["statement_file.id"], name=op.f("fk_statement_fault_file_id_statement_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_fault")),
    )
    with op.batch_alter_table("statement_fault") as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_fault_file_id"), ["file_id"], unique=False)

    op.create_table(
        "statement_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value_day", sa.Date(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("original_centimes", sa.BigInteger(), nullable=True),
        sa.Column("original_currency", sa.String(length=3), nullable=False),
        sa.Column("label", sa.String(length=1000), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("counterparty", sa.String(length=300), nullable=False),
        sa.Column("project_code", sa.String(length=64), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "settled",
                "duplicate",
                "reversal",
                "correction",
                "fee",
                "other",
                "set_aside",
                name=op.f("ck_statement_line_linestate"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("amount_centimes <> 0", name=op.f("ck_statement_line_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["statement_account.id"],
            name=op.f("fk_statement_line_account_id_statement_account"),
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["statement_file.id"], name=op.f("fk_statement_line_file_id_statement_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
    )
    with op.batch_alter_table("statement_line") as batch_op:
        batch_op.create_index("ix_statement_line_account_day", ["account_id", "day"], unique=False)
        batch_op.create_index(batch_op.f("ix_statement_line_file_id"), ["file_id"], unique=False)
        batch_op.create_index("ix_statement_line_state_day", ["state", "day"], unique=False)

    op.create_table(
        "reconciliation_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "unmatched_receipt",
                "unmatched_payment",
                "paid_above_certified",
                "closed_project",
                "wrong_project",
                "missing_reference",
                "duplicate_payment",
                "late_partner",
                "off_by_cents",
                "exchange_difference",
                "statement_gap",
                "statement_overlap",
                "rate_missing",
                "closed_period",
                "other_currency",
                "booking_contradicted",
                "not_booked",
                name=op.f("ck_reconciliation_case_casekind"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("match_id", sa.Uuid(), nullable=True),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("assignee", sa.String(length=64), nullable=False),
        sa.Column(
            "next_step",
            sa.Enum(
                "identify",
                "check_certificate",
                "check_project",
                "ask_reference",
                "recover_payment",
                "remind_partner",
                "settle_difference",
                "fetch_statement",
                "compare_statements",
                "enter_rate",
                "book_later_day",
                "compare_booking",
                "decide",
                name=op.f("ck_reconciliation_case_casestep"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_reconciliation_case_closed_after")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["statement_account.id"],
            name=op.f("fk_reconciliation_case_account_id_statement_account"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_reconciliation_case_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_line.id"], name=op.f("fk_reconciliation_case_line_id_statement_line")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_reconciliation_case_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_reconciliation_case_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["line_match.id"], name=op.f("fk_reconciliation_case_match_id_line_match")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_case")),
    )
    with op.batch_alter_table("reconciliation_case") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reconciliation_case_fingerprint"), ["fingerprint"], unique=False
        )
        batch_op.create_index("ix_reconciliation_case_kind", ["kind", "closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reconciliation_case_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reconciliation_case_match_id"), ["match_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reconciliation_case_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "uq_reconciliation_case_open",
            ["fingerprint"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "grew",
                "noted",
                "assigned",
                "closed",
                name=op.f("ck_case_event_casechange"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["reconciliation_case.id"], name=op.f("fk_case_event_case_id_reconciliation_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    with op.batch_alter_table("case_event") as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id"), ["case_id"], unique=False)

    op.create_table(
        "match_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.Column("other_line_id", sa.Uuid(), nullable=True),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "call_id IS NULL OR certificate_id IS NULL", name=op.f("ck_match_part_one_target")
        ),
        sa.CheckConstraint(
            "receipt_id IS NULL OR payment_id IS NULL", name=op.f("ck_match_part_one_entry")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["funding_call.id"], name=op.f("fk_match_part_call_id_funding_call")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_match_part_certificate_id_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_line.id"], name=op.f("fk_match_part_line_id_statement_line")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["line_match.id"], name=op.f("fk_match_part_match_id_line_match")
        ),
        sa.ForeignKeyConstraint(
            ["other_line_id"],
            ["statement_line.id"],
            name=op.f("fk_match_part_other_line_id_statement_line"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_match_part_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_match_part_receipt_id_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_part")),
    )
    with op.batch_alter_table("match_part") as batch_op:
        batch_op.create_index(batch_op.f("ix_match_part_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_certificate_id"), ["certificate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_match_id"), ["match_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_other_line_id"), ["other_line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_match_part_receipt_id"), ["receipt_id"], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM money_proposal WHERE change = 'bank_match'")
    _let_change(_CHANGES)
    for table, wide, _columns in _OWED:
        op.drop_index(wide, table)
    for table, column, wide in _SUMMED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_index(wide)
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)
    with op.batch_alter_table("match_part") as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_part_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_payment_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_other_line_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_match_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_line_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_certificate_id"))
        batch_op.drop_index(batch_op.f("ix_match_part_call_id"))

    op.drop_table("match_part")
    with op.batch_alter_table("case_event") as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_event_case_id"))

    op.drop_table("case_event")
    with op.batch_alter_table("reconciliation_case") as batch_op:
        batch_op.drop_index(
            "uq_reconciliation_case_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_reconciliation_case_project_id"))
        batch_op.drop_index(batch_op.f("ix_reconciliation_case_match_id"))
        batch_op.drop_index(batch_op.f("ix_reconciliation_case_line_id"))
        batch_op.drop_index("ix_reconciliation_case_kind")
        batch_op.drop_index(batch_op.f("ix_reconciliation_case_fingerprint"))

    op.drop_table("reconciliation_case")
    with op.batch_alter_table("statement_line") as batch_op:
        batch_op.drop_index("ix_statement_line_state_day")
        batch_op.drop_index(batch_op.f("ix_statement_line_file_id"))
        batch_op.drop_index("ix_statement_line_account_day")

    op.drop_table("statement_line")
    with op.batch_alter_table("statement_fault") as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_fault_file_id"))

    op.drop_table("statement_fault")
    with op.batch_alter_table("lesson") as batch_op:
        batch_op.drop_index(
            "uq_lesson_in_use",
            sqlite_where=sa.text("forgotten_at IS NULL"),
            postgresql_where=sa.text("forgotten_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_lesson_partner_id"))
        batch_op.drop_index(batch_op.f("ix_lesson_match_id"))
        batch_op.drop_index(batch_op.f("ix_lesson_fingerprint"))
        batch_op.drop_index(batch_op.f("ix_lesson_account_id"))

    op.drop_table("lesson")
    with op.batch_alter_table("statement_file") as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_file_account_id"))

    op.drop_table("statement_file")
    with op.batch_alter_table("line_match") as batch_op:
        batch_op.drop_index(
            "ix_line_match_suggested",
            sqlite_where=sa.text("status = 'suggested'"),
            postgresql_where=sa.text("status = 'suggested'"),
        )
        batch_op.drop_index(batch_op.f("ix_line_match_run_id"))

    op.drop_table("line_match")
    op.drop_table("statement_account")
    with op.batch_alter_table("reconciliation_run") as batch_op:
        batch_op.drop_index(
            "uq_reconciliation_run_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_reconciliation_run_started_at"))

    op.drop_table("reconciliation_run")


def _let_change(changes: tuple[str, ...]) -> None:
    """Say anew what two people may decide on."""
    name = op.f("ck_money_proposal_moneychange")
    with op.batch_alter_table("money_proposal") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.column("change").in_(changes))
