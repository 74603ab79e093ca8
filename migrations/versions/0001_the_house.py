"""The tables of the house: projects, partners, evidence, approvals, moves, outbox, trail.

Revision: 0001
Follows:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispatcher",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "orchestrator",
            sa.Enum(
                "ready", "away", name="orchestrator", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatcher")),
    )
    op.create_table(
        "feast_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("feast", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_feast_override")),
    )
    op.create_table(
        "feed_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_message")),
    )
    with op.batch_alter_table("feed_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_message_posted_at"), ["posted_at"], unique=False)

    op.create_table(
        "partner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name_ar", sa.String(length=300), nullable=False),
        sa.Column("name_fr", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("placeholder", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("key", name=op.f("uq_partner_key")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name_ar", sa.String(length=300), nullable=False),
        sa.Column("name_fr", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column(
            "sector",
            sa.Enum(
                "health",
                "disability",
                "training_employment",
                "precarity",
                "economic_inclusion",
                name="sector",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("beds", sa.Integer(), nullable=False),
        sa.Column("province", sa.String(length=40), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("site_ar", sa.String(length=300), nullable=False),
        sa.Column("site_fr", sa.String(length=300), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "cancelled",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("budget_centimes", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("foundation_share_centimes", sa.BigInteger(), nullable=True),
        sa.Column("gap_centimes", sa.BigInteger(), nullable=True),
        sa.Column("gap_plan", sa.String(length=2000), nullable=False),
        sa.Column("gap_stated_on", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("beds >= 0", name=op.f("ck_project_beds_not_negative")),
        sa.CheckConstraint("budget_centimes > 0", name=op.f("ck_project_budget_positive")),
        sa.CheckConstraint("foundation_share_centimes >= 0", name=op.f("ck_project_share_not_negative")),
        sa.CheckConstraint("gap_centimes >= 0", name=op.f("ck_project_gap_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("key", name=op.f("uq_project_key")),
    )
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_province"), ["province"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_region"), ["region"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_sector"), ["sector"], unique=False)
        batch_op.create_index(batch_op.f("ix_project_stage"), ["stage"], unique=False)

    op.create_table(
        "ramadan_override",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("first < last", name=op.f("ck_ramadan_override_first_before_last")),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_ramadan_override")),
    )
    op.create_table(
        "report_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column(
            "severity",
            sa.Enum("A", "B", name="severity", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("overview_ar", sa.String(length=1000), nullable=False),
        sa.Column("overview_fr", sa.String(length=1000), nullable=False),
        sa.Column("overview_en", sa.String(length=1000), nullable=False),
        sa.Column("detail_ar", sa.String(length=1000), nullable=False),
        sa.Column("detail_fr", sa.String(length=1000), nullable=False),
        sa.Column("detail_en", sa.String(length=1000), nullable=False),
        sa.Column("lines", sa.String(length=200), nullable=False),
        sa.Column("settled_reading", sa.String(length=1000), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (settled_reading IS NULL)",
            name=op.f("ck_report_finding_settled_whole"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_finding")),
        sa.UniqueConstraint("key", name=op.f("uq_report_finding_key")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stored_name", sa.String(length=64), nullable=False),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_stored_file_stored_name")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "trail",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_trail")),
    )
    with op.batch_alter_table("trail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trail_project_id"), ["project_id"], unique=False)

    op.create_table(
        "trail_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_head")),
    )
    op.create_table(
        "chat_thread",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_chat_thread_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_thread")),
        sa.UniqueConstraint(
            "channel", "language", "project_id", name=op.f("uq_chat_thread_channel_language_project_id")
        ),
    )
    op.create_table(
        "commitment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("in_kind", sa.Boolean(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("budget_year", sa.Integer(), nullable=True),
        sa.Column("budget_line", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "amount_centimes > 0 OR (in_kind AND amount_centimes = 0)",
            name=op.f("ck_commitment_amount_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_commitment_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_commitment_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint(
            "project_id",
            "partner_id",
            "reference",
            name=op.f("uq_commitment_project_id_partner_id_reference"),
        ),
    )
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitment_project_id"), ["project_id"], unique=False)

    op.create_table(
        "duty",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id_person")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_duty_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("project_id", "duty", name=op.f("uq_duty_project_id_duty")),
    )
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_duty_project_id"), ["project_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("stored_file_id", sa.Uuid(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("value >= 0", name=op.f("ck_evidence_value_not_negative")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_evidence_project_id_project")
        ),
        sa.ForeignKeyConstraint(
            ["stored_file_id"], ["stored_file.id"], name=op.f("fk_evidence_stored_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "uq_evidence_current",
            ["project_id", "code"],
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )

    op.create_table(
        "finding_project",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["report_finding.id"], name=op.f("fk_finding_project_finding_id_report_finding")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_finding_project_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_project")),
        sa.UniqueConstraint(
            "finding_id", "project_id", name=op.f("uq_finding_project_finding_id_project_id")
        ),
    )
    with op.batch_alter_table("finding_project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_project_finding_id"), ["finding_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_finding_project_project_id"), ["project_id"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("baseline", sa.Date(), nullable=False),
        sa.Column("forecast", sa.Date(), nullable=False),
        sa.Column("actual", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("planned_by", sa.Uuid(), nullable=True),
        sa.Column("guarantee_from", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("told_for", sa.Date(), nullable=True),
        sa.Column("told_within", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_milestone_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("project_id", "stage", "code", name=op.f("uq_milestone_project_id_stage_code")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index("ix_milestone_actual_forecast", ["actual", "forecast"], unique=False)
        batch_op.create_index(batch_op.f("ix_milestone_project_id"), ["project_id"], unique=False)

    op.create_table(
        "move_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "entered",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="entered_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "door",
            sa.Enum(
                "terminal",
                "page",
                "chat",
                "prefect",
                "quorum",
                name="door",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "waiting",
                "moved",
                "refused",
                "conflict",
                "not_allowed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_move_request_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_request")),
    )
    with op.batch_alter_table("move_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_move_request_outcome"), ["outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_move_request_project_id"), ["project_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("addressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_outbox_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_addressed_at"), ["addressed_at"], unique=False)

    op.create_table(
        "partner_alias",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("spelling", sa.String(length=300), nullable=False),
        sa.Column("folded", sa.String(length=300), nullable=False),
        sa.Column("qualified", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_alias_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_alias")),
        sa.UniqueConstraint("partner_id", "spelling", name=op.f("uq_partner_alias_partner_id_spelling")),
    )
    with op.batch_alter_table("partner_alias", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_alias_folded"), ["folded"], unique=False)
        batch_op.create_index(batch_op.f("ix_partner_alias_partner_id"), ["partner_id"], unique=False)

    op.create_table(
        "partnership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("reading", sa.String(length=20), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partnership_partner_id_partner")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_partnership_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("project_id", "partner_id", name=op.f("uq_partnership_project_id_partner_id")),
    )
    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partnership_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_partnership_project_id"), ["project_id"], unique=False)

    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "left",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="left_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "entered",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="entered_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "approved",
                "carried_out",
                "rejected",
                "lapsed",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certified_by", sa.String(length=64), nullable=True),
        sa.Column("certified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR approved_by IS NOT NULL", name=op.f("ck_proposal_approved_has_hand")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR certified_by IS NOT NULL", name=op.f("ck_proposal_certified_first")
        ),
        sa.CheckConstraint(
            "certified_by IS NULL OR approved_by IS NULL OR certified_by <> approved_by",
            name=op.f("ck_proposal_certifier_is_not_approver"),
        ),
        sa.CheckConstraint(
            "proposed_by IS NULL OR approved_by IS NULL OR proposed_by <> approved_by",
            name=op.f("ck_proposal_proposer_is_not_approver"),
        ),
        sa.CheckConstraint(
            "proposed_by IS NULL OR certified_by IS NULL OR proposed_by <> certified_by",
            name=op.f("ck_proposal_proposer_is_not_certifier"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_proposal_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_project_id"), ["project_id"], unique=False)
        batch_op.create_index(
            "uq_proposal_live",
            ["project_id", "entered"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'approved')"),
            postgresql_where=sa.text("state IN ('open', 'approved')"),
        )

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "officer",
                "finance",
                "director",
                "auditor",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("region", sa.String(length=40), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("region IS NULL OR project_id IS NULL", name=op.f("ck_role_grant_one_limit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id_person")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_role_grant_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint(
            "person_id",
            "role",
            "region",
            "project_id",
            name=op.f("uq_role_grant_person_id_role_region_project_id"),
        ),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_grant_person_id"), ["person_id"], unique=False)

    op.create_table(
        "stage_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("request", sa.Uuid(), nullable=False),
        sa.Column(
            "left",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="left_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "entered",
            sa.Enum(
                "admission",
                "study",
                "construction",
                "equipment",
                "launch",
                "closed",
                name="entered_stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("moved_by", sa.String(length=64), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_stage_change_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
        sa.UniqueConstraint("request", name=op.f("uq_stage_change_request")),
    )
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_change_project_id"), ["project_id"], unique=False)

    op.create_table(
        "waiver",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("granted_by", sa.String(length=64), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_waiver_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiver")),
    )
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.create_index("ix_waiver_project_id_rule", ["project_id", "rule"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("thread", sa.String(length=128), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "given_up",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["parcel_id"], ["outbox.id"], name=op.f("fk_delivery_parcel_id_outbox")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_delivery_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "parcel_id", "channel", "language", name=op.f("uq_delivery_parcel_id_channel_language")
        ),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_parcel_id"), ["parcel_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_state_channel", ["state", "channel", "sequence", "thread"], unique=False
        )
        batch_op.create_index("ix_delivery_state_thread", ["state", "thread", "sequence"], unique=False)

    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempt")),
    )
    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_attempt_delivery_id"), ["delivery_id"], unique=False)

    _keep_the_trail_append_only()


def downgrade() -> None:
    _let_the_trail_go()

    with op.batch_alter_table("delivery_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_attempt_delivery_id"))

    op.drop_table("delivery_attempt")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_state_thread")
        batch_op.drop_index("ix_delivery_state_channel")
        batch_op.drop_index(batch_op.f("ix_delivery_parcel_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("waiver", schema=None) as batch_op:
        batch_op.drop_index("ix_waiver_project_id_rule")

    op.drop_table("waiver")
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_change_project_id"))

    op.drop_table("stage_change")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_grant_person_id"))

    op.drop_table("role_grant")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_proposal_live",
            sqlite_where=sa.text("state IN ('open', 'approved')"),
            postgresql_where=sa.text("state IN ('open', 'approved')"),
        )
        batch_op.drop_index(batch_op.f("ix_proposal_project_id"))

    op.drop_table("proposal")
    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partnership_project_id"))
        batch_op.drop_index(batch_op.f("ix_partnership_partner_id"))

    op.drop_table("partnership")
    with op.batch_alter_table("partner_alias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_alias_partner_id"))
        batch_op.drop_index(batch_op.f("ix_partner_alias_folded"))

    op.drop_table("partner_alias")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_addressed_at"))

    op.drop_table("outbox")
    with op.batch_alter_table("move_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_move_request_project_id"))
        batch_op.drop_index(batch_op.f("ix_move_request_outcome"))

    op.drop_table("move_request")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_project_id"))
        batch_op.drop_index("ix_milestone_actual_forecast")

    op.drop_table("milestone")
    with op.batch_alter_table("finding_project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_project_project_id"))
        batch_op.drop_index(batch_op.f("ix_finding_project_finding_id"))

    op.drop_table("finding_project")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_evidence_current",
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_evidence_project_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_project_id"))

    op.drop_table("duty")
    with op.batch_alter_table("commitment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_project_id"))
        batch_op.drop_index(batch_op.f("ix_commitment_partner_id"))

    op.drop_table("commitment")
    op.drop_table("chat_thread")
    op.drop_table("trail_head")
    with op.batch_alter_table("trail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trail_project_id"))

    op.drop_table("trail")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))

    op.drop_table("stored_file")
    op.drop_table("report_finding")
    op.drop_table("ramadan_override")
    with op.batch_alter_table("project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_stage"))
        batch_op.drop_index(batch_op.f("ix_project_sector"))
        batch_op.drop_index(batch_op.f("ix_project_region"))
        batch_op.drop_index(batch_op.f("ix_project_province"))

    op.drop_table("project")
    op.drop_table("person")
    op.drop_table("partner")
    with op.batch_alter_table("feed_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_message_posted_at"))

    op.drop_table("feed_message")
    op.drop_table("feast_override")
    op.drop_table("dispatcher")


def _keep_the_trail_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER trail_no_{verb} BEFORE {verb.upper()} ON trail "
                "BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_trail_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER trail_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_trail_change()"
    )


def _let_the_trail_go() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER trail_no_{verb}")
        return
    op.execute("DROP TRIGGER trail_no_change ON trail")
    op.execute("DROP FUNCTION refuse_trail_change()")
