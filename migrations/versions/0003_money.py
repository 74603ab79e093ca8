"""Money: conventions, tranches, calls and receipts; budget lines, contracts and certificates.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_period")),
        sa.UniqueConstraint("until", name=op.f("uq_closed_period_until")),
    )
    op.create_table(
        "convention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("payment_days", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "payment_days BETWEEN 1 AND 365", name=op.f("ck_convention_payment_days_in_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention")),
        sa.UniqueConstraint("reference", name=op.f("uq_convention_reference")),
    )
    op.create_table(
        "price_index",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.CheckConstraint("value > 0", name=op.f("ck_price_index_value_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_index")),
        sa.UniqueConstraint("name", "month", name=op.f("uq_price_index_name_month")),
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
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
            "nature",
            sa.Enum(
                "studies",
                "land",
                "works",
                "supervision",
                "equipment",
                "connections",
                "commissioning",
                "contingency",
                "other",
                name="nature",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_budget_line_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_budget_line_project_id_code")),
    )
    with op.batch_alter_table("budget_line") as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_line_project_id"), ["project_id"])

    op.create_table(
        "budget_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("completed_by", sa.String(length=64), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_budget_plan_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_plan")),
        sa.UniqueConstraint("project_id", name=op.f("uq_budget_plan_project_id")),
    )
    op.create_table(
        "convention_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("subject", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_convention_amendment_number_positive")),
        sa.ForeignKeyConstraint(
            ["convention_id"],
            ["convention.id"],
            name=op.f("fk_convention_amendment_convention_id_convention"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention_amendment")),
        sa.UniqueConstraint(
            "convention_id", "number", name=op.f("uq_convention_amendment_convention_id_number")
        ),
    )
    with op.batch_alter_table("convention_amendment") as batch_op:
        batch_op.create_index(batch_op.f("ix_convention_amendment_convention_id"), ["convention_id"])

    op.create_table(
        "convention_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["convention_id"], ["convention.id"], name=op.f("fk_convention_party_convention_id_convention")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_convention_party_partner_id_partner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention_party")),
        sa.UniqueConstraint(
            "convention_id", "partner_id", name=op.f("uq_convention_party_convention_id_partner_id")
        ),
    )
    with op.batch_alter_table("convention_party") as batch_op:
        batch_op.create_index(batch_op.f("ix_convention_party_convention_id"), ["convention_id"])
        batch_op.create_index(batch_op.f("ix_convention_party_partner_id"), ["partner_id"])

    op.create_table(
        "money_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column(
            "change",
            sa.Enum(
                "budget_revision",
                "budget_transfer",
                "commitment",
                "commitment_release",
                "partner_details",
                name="moneychange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "approved",
                "rejected",
                name="changestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "(state <> 'approved' AND state <> 'rejected') OR decided_by IS NOT NULL",
            name=op.f("ck_money_proposal_decided_has_hand"),
        ),
        sa.CheckConstraint(
            "proposed_by IS NULL OR decided_by IS NULL OR proposed_by <> decided_by",
            name=op.f("ck_money_proposal_proposer_is_not_decider"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_money_proposal_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_proposal")),
    )
    with op.batch_alter_table("money_proposal") as batch_op:
        batch_op.create_index(batch_op.f("ix_money_proposal_project_id"), ["project_id"])
        batch_op.create_index(batch_op.f("ix_money_proposal_state"), ["state"])

    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_centimes > 0 OR corrects_id IS NOT NULL", name=op.f("ck_receipt_amount_positive")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["receipt.id"], name=op.f("fk_receipt_corrects_id_receipt")
        ),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_receipt_partner_id_partner")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_receipt_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "project_id", "partner_id", "reference", name=op.f("uq_receipt_project_id_partner_id_reference")
        ),
    )
    with op.batch_alter_table("receipt") as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_corrects_id"), ["corrects_id"])
        batch_op.create_index(batch_op.f("ix_receipt_partner_id"), ["partner_id"])
        batch_op.create_index(batch_op.f("ix_receipt_project_id"), ["project_id"])
        batch_op.create_index(batch_op.f("ix_receipt_received_on"), ["received_on"])

    op.create_table(
        "budget_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column(
            "change",
            sa.Enum(
                "initial",
                "revision",
                "transfer",
                name="budgetchange",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("transfer", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(change <> 'revision' AND change <> 'transfer') OR approved_by IS NOT NULL",
            name=op.f("ck_budget_entry_change_has_two_hands"),
        ),
        sa.CheckConstraint(
            "(change = 'transfer') = (transfer IS NOT NULL)", name=op.f("ck_budget_entry_transfer_named")
        ),
        sa.CheckConstraint("amount_centimes <> 0", name=op.f("ck_budget_entry_amount_not_zero")),
        sa.CheckConstraint(
            "proposed_by IS NULL OR approved_by IS NULL OR proposed_by <> approved_by",
            name=op.f("ck_budget_entry_proposer_is_not_approver"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["budget_line.id"], name=op.f("fk_budget_entry_line_id_budget_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_entry")),
    )
    with op.batch_alter_table("budget_entry") as batch_op:
        batch_op.create_index(batch_op.f("ix_budget_entry_decided_on"), ["decided_on"])
        batch_op.create_index(batch_op.f("ix_budget_entry_line_id"), ["line_id"])
        batch_op.create_index(batch_op.f("ix_budget_entry_transfer"), ["transfer"])

    op.create_table(
        "commitment_release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cancelled",
                "written_off",
                name="releasekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_centimes <> 0", name=op.f("ck_commitment_release_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["commitment_id"],
            ["commitment.id"],
            name=op.f("fk_commitment_release_commitment_id_commitment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_release")),
    )
    with op.batch_alter_table("commitment_release") as batch_op:
        batch_op.create_index(batch_op.f("ix_commitment_release_commitment_id"), ["commitment_id"])

    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "works",
                "supply",
                "services",
                name="contractkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("contractor", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("period_days", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("price_index", sa.String(length=40), nullable=False),
        sa.Column("index_month", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "index_month IS NULL OR price_index <> ''", name=op.f("ck_contract_index_dated")
        ),
        sa.CheckConstraint("amount_centimes > 0", name=op.f("ck_contract_amount_positive")),
        sa.CheckConstraint("period_days > 0", name=op.f("ck_contract_period_positive")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["budget_line.id"], name=op.f("fk_contract_line_id_budget_line")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_contract_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("reference", name=op.f("uq_contract_reference")),
    )
    with op.batch_alter_table("contract") as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_line_id"), ["line_id"])
        batch_op.create_index(batch_op.f("ix_contract_project_id"), ["project_id"])

    op.create_table(
        "tranche",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column(
            "trigger",
            sa.Enum(
                "date",
                "stage",
                "progress",
                "document",
                name="trigger",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("expected_on", sa.Date(), nullable=False),
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
            nullable=True,
        ),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "trigger <> 'document' OR document <> ''", name=op.f("ck_tranche_document_named")
        ),
        sa.CheckConstraint(
            "trigger <> 'progress' OR (progress IS NOT NULL AND progress BETWEEN 1 AND 10000)",
            name=op.f("ck_tranche_progress_named"),
        ),
        sa.CheckConstraint("trigger <> 'stage' OR stage IS NOT NULL", name=op.f("ck_tranche_stage_named")),
        sa.CheckConstraint("amount_centimes >= 0", name=op.f("ck_tranche_amount_not_negative")),
        sa.CheckConstraint("number > 0", name=op.f("ck_tranche_number_positive")),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_tranche_commitment_id_commitment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tranche")),
        sa.UniqueConstraint("commitment_id", "number", name=op.f("uq_tranche_commitment_id_number")),
    )
    with op.batch_alter_table("tranche") as batch_op:
        batch_op.create_index(batch_op.f("ix_tranche_commitment_id"), ["commitment_id"])

    op.create_table(
        "acceptance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "provisional",
                "definitive",
                name="acceptancekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_acceptance_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance")),
        sa.UniqueConstraint("contract_id", "kind", name=op.f("uq_acceptance_contract_id_kind")),
    )
    with op.batch_alter_table("acceptance") as batch_op:
        batch_op.create_index(batch_op.f("ix_acceptance_contract_id"), ["contract_id"])

    op.create_table(
        "bill_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_centimes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_centimes >= 0", name=op.f("ck_bill_item_price_not_negative")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_bill_item_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_bill_item_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_item")),
        sa.UniqueConstraint("contract_id", "code", name=op.f("uq_bill_item_contract_id_code")),
    )
    with op.batch_alter_table("bill_item") as batch_op:
        batch_op.create_index(batch_op.f("ix_bill_item_contract_id"), ["contract_id"])

    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "work",
                "advance",
                "final",
                "retention",
                name="certificatekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("gross_centimes", sa.BigInteger(), nullable=False),
        sa.Column("revision_centimes", sa.BigInteger(), nullable=False),
        sa.Column("retention_centimes", sa.BigInteger(), nullable=False),
        sa.Column("recovered_centimes", sa.BigInteger(), nullable=False),
        sa.Column("penalty_centimes", sa.BigInteger(), nullable=False),
        sa.Column("special_centimes", sa.BigInteger(), nullable=False),
        sa.Column("vat_withheld_centimes", sa.BigInteger(), nullable=False),
        sa.Column("net_centimes", sa.BigInteger(), nullable=False),
        sa.Column("vat_centimes", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'final' OR (gross_centimes >= 0 AND net_centimes >= 0)",
            name=op.f("ck_certificate_only_the_last_is_negative"),
        ),
        sa.CheckConstraint("due_on >= dated", name=op.f("ck_certificate_due_after_date")),
        sa.CheckConstraint(
            "net_centimes = gross_centimes + revision_centimes - retention_centimes - recovered_centimes - penalty_centimes - vat_withheld_centimes",
            name=op.f("ck_certificate_net_adds_up"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_certificate_number_positive")),
        sa.CheckConstraint("recovered_centimes >= 0", name=op.f("ck_certificate_recovered_not_negative")),
        sa.CheckConstraint("retention_centimes >= 0", name=op.f("ck_certificate_retention_not_negative")),
        sa.CheckConstraint("special_centimes >= 0", name=op.f("ck_certificate_special_not_negative")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_certificate_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_certificate_contract_id_number")),
    )
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_contract_id"), ["contract_id"])
        batch_op.create_index(batch_op.f("ix_certificate_dated"), ["dated"])
        batch_op.create_index(batch_op.f("ix_certificate_due_on"), ["due_on"])

    op.create_table(
        "contract_amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "extra_works",
                "mass",
                "time",
                "other",
                name="amendmentkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_contract_amendment_number_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_amendment_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_amendment")),
        sa.UniqueConstraint("contract_id", "number", name=op.f("uq_contract_amendment_contract_id_number")),
    )
    with op.batch_alter_table("contract_amendment") as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_amendment_contract_id"), ["contract_id"])

    op.create_table(
        "contract_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contract_term_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_term")),
        sa.UniqueConstraint(
            "contract_id", "name", "since", name=op.f("uq_contract_term_contract_id_name_since")
        ),
    )
    with op.batch_alter_table("contract_term") as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_term_contract_id"), ["contract_id"])

    op.create_table(
        "foreign_amount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("tranche_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.CheckConstraint("currency <> 'MAD'", name=op.f("ck_foreign_amount_currency_foreign")),
        sa.CheckConstraint("amount_centimes > 0", name=op.f("ck_foreign_amount_amount_positive")),
        sa.CheckConstraint("rate > 0", name=op.f("ck_foreign_amount_rate_positive")),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitment.id"], name=op.f("fk_foreign_amount_commitment_id_commitment")
        ),
        sa.ForeignKeyConstraint(
            ["tranche_id"], ["tranche.id"], name=op.f("fk_foreign_amount_tranche_id_tranche")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_foreign_amount")),
        sa.UniqueConstraint("tranche_id", name=op.f("uq_foreign_amount_tranche_id")),
    )
    with op.batch_alter_table("foreign_amount") as batch_op:
        batch_op.create_index(batch_op.f("ix_foreign_amount_commitment_id"), ["commitment_id"])

    op.create_table(
        "funding_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tranche_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "issued",
                "withdrawn",
                name="callstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("issued_by", sa.String(length=64), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("flag", sa.String(length=32), nullable=False),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("snooze_reason", sa.String(length=2000), nullable=False),
        sa.CheckConstraint(
            "state <> 'issued' OR (number IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_funding_call_issued_is_dated"),
        ),
        sa.CheckConstraint(
            "state <> 'withdrawn' OR withdrawn_on IS NOT NULL",
            name=op.f("ck_funding_call_withdrawn_is_dated"),
        ),
        sa.CheckConstraint("amount_centimes > 0", name=op.f("ck_funding_call_amount_positive")),
        sa.CheckConstraint(
            "due_on IS NULL OR due_on >= issued_on", name=op.f("ck_funding_call_due_after_issue")
        ),
        sa.ForeignKeyConstraint(
            ["tranche_id"], ["tranche.id"], name=op.f("fk_funding_call_tranche_id_tranche")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_call")),
        sa.UniqueConstraint("number", name=op.f("uq_funding_call_number")),
    )
    with op.batch_alter_table("funding_call") as batch_op:
        batch_op.create_index(batch_op.f("ix_funding_call_due_on"), ["due_on"])
        batch_op.create_index(batch_op.f("ix_funding_call_issued_on"), ["issued_on"])
        batch_op.create_index(batch_op.f("ix_funding_call_tranche_id"), ["tranche_id"])
        batch_op.create_index(
            "uq_funding_call_live",
            ["tranche_id"],
            unique=True,
            sqlite_where=sa.text("state <> 'withdrawn'"),
            postgresql_where=sa.text("state <> 'withdrawn'"),
        )

    op.create_table(
        "planned_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_centimes > 0", name=op.f("ck_planned_payment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_planned_payment_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_payment")),
        sa.UniqueConstraint(
            "contract_id", "version", "month", name=op.f("uq_planned_payment_contract_id_version_month")
        ),
    )
    with op.batch_alter_table("planned_payment") as batch_op:
        batch_op.create_index(batch_op.f("ix_planned_payment_contract_id"), ["contract_id"])

    op.create_table(
        "security",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "performance",
                "retention",
                "advance",
                name="securitykind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("lodged_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.CheckConstraint("amount_centimes > 0", name=op.f("ck_security_amount_positive")),
        sa.CheckConstraint(
            "released_on IS NULL OR released_on >= lodged_on", name=op.f("ck_security_released_after")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_security_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security")),
    )
    with op.batch_alter_table("security") as batch_op:
        batch_op.create_index(batch_op.f("ix_security_contract_id"), ["contract_id"])

    op.create_table(
        "service_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "start",
                "stop",
                "resume",
                name="orderkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_service_order_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_order")),
        sa.UniqueConstraint("contract_id", "dated", name=op.f("uq_service_order_contract_id_dated")),
    )
    with op.batch_alter_table("service_order") as batch_op:
        batch_op.create_index(batch_op.f("ix_service_order_contract_id"), ["contract_id"])

    op.create_table(
        "allocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_centimes <> 0", name=op.f("ck_allocation_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["call_id"], ["funding_call.id"], name=op.f("fk_allocation_call_id_funding_call")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_allocation_receipt_id_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    with op.batch_alter_table("allocation") as batch_op:
        batch_op.create_index(batch_op.f("ix_allocation_call_id"), ["call_id"])
        batch_op.create_index(batch_op.f("ix_allocation_receipt_id"), ["receipt_id"])

    op.create_table(
        "measurement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_measurement_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_measurement_certificate_id_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["bill_item.id"], name=op.f("fk_measurement_item_id_bill_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint(
            "certificate_id", "item_id", name=op.f("uq_measurement_certificate_id_item_id")
        ),
    )
    with op.batch_alter_table("measurement") as batch_op:
        batch_op.create_index(batch_op.f("ix_measurement_certificate_id"), ["certificate_id"])
        batch_op.create_index(batch_op.f("ix_measurement_item_id"), ["item_id"])

    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("amount_centimes", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_centimes > 0 OR corrects_id IS NOT NULL", name=op.f("ck_payment_amount_positive")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_payment_certificate_id_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["payment.id"], name=op.f("fk_payment_corrects_id_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "certificate_id", "reference", name=op.f("uq_payment_certificate_id_reference")
        ),
    )
    with op.batch_alter_table("payment") as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_certificate_id"), ["certificate_id"])
        batch_op.create_index(batch_op.f("ix_payment_corrects_id"), ["corrects_id"])
        batch_op.create_index(batch_op.f("ix_payment_paid_on"), ["paid_on"])

    op.create_table(
        "reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("acceptance_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=2000), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "cleared_on IS NULL OR cleared_on >= noted_on", name=op.f("ck_reservation_cleared_after")
        ),
        sa.ForeignKeyConstraint(
            ["acceptance_id"], ["acceptance.id"], name=op.f("fk_reservation_acceptance_id_acceptance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("acceptance_id", "number", name=op.f("uq_reservation_acceptance_id_number")),
    )
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.create_index(batch_op.f("ix_reservation_acceptance_id"), ["acceptance_id"])

    with op.batch_alter_table("commitment") as batch_op:
        batch_op.add_column(sa.Column("convention_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_commitment_convention_id"), ["convention_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_commitment_convention_id_convention"), "convention", ["convention_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("reservation") as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservation_acceptance_id"))

    op.drop_table("reservation")
    with op.batch_alter_table("payment") as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_paid_on"))
        batch_op.drop_index(batch_op.f("ix_payment_corrects_id"))
        batch_op.drop_index(batch_op.f("ix_payment_certificate_id"))

    op.drop_table("payment")
    with op.batch_alter_table("measurement") as batch_op:
        batch_op.drop_index(batch_op.f("ix_measurement_item_id"))
        batch_op.drop_index(batch_op.f("ix_measurement_certificate_id"))

    op.drop_table("measurement")
    with op.batch_alter_table("allocation") as batch_op:
        batch_op.drop_index(batch_op.f("ix_allocation_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_allocation_call_id"))

    op.drop_table("allocation")
    with op.batch_alter_table("service_order") as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_order_contract_id"))

    op.drop_table("service_order")
    with op.batch_alter_table("security") as batch_op:
        batch_op.drop_index(batch_op.f("ix_security_contract_id"))

    op.drop_table("security")
    with op.batch_alter_table("planned_payment") as batch_op:
        batch_op.drop_index(batch_op.f("ix_planned_payment_contract_id"))

    op.drop_table("planned_payment")
    with op.batch_alter_table("funding_call") as batch_op:
        batch_op.drop_index(
            "uq_funding_call_live",
            sqlite_where=sa.text("state <> 'withdrawn'"),
            postgresql_where=sa.text("state <> 'withdrawn'"),
        )
        batch_op.drop_index(batch_op.f("ix_funding_call_tranche_id"))
        batch_op.drop_index(batch_op.f("ix_funding_call_issued_on"))
        batch_op.drop_index(batch_op.f("ix_funding_call_due_on"))

    op.drop_table("funding_call")
    with op.batch_alter_table("foreign_amount") as batch_op:
        batch_op.drop_index(batch_op.f("ix_foreign_amount_commitment_id"))

    op.drop_table("foreign_amount")
    with op.batch_alter_table("contract_term") as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_term_contract_id"))

    op.drop_table("contract_term")
    with op.batch_alter_table("contract_amendment") as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_amendment_contract_id"))

    op.drop_table("contract_amendment")
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_due_on"))
        batch_op.drop_index(batch_op.f("ix_certificate_dated"))
        batch_op.drop_index(batch_op.f("ix_certificate_contract_id"))

    op.drop_table("certificate")
    with op.batch_alter_table("bill_item") as batch_op:
        batch_op.drop_index(batch_op.f("ix_bill_item_contract_id"))

    op.drop_table("bill_item")
    with op.batch_alter_table("acceptance") as batch_op:
        batch_op.drop_index(batch_op.f("ix_acceptance_contract_id"))

    op.drop_table("acceptance")
    with op.batch_alter_table("tranche") as batch_op:
        batch_op.drop_index(batch_op.f("ix_tranche_commitment_id"))

    op.drop_table("tranche")
    with op.batch_alter_table("contract") as batch_op:
        batch_op.drop_index(batch_op.f("ix_contract_project_id"))
        batch_op.drop_index(batch_op.f("ix_contract_line_id"))

    op.drop_table("contract")
    with op.batch_alter_table("commitment_release") as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitment_release_commitment_id"))

    op.drop_table("commitment_release")
    with op.batch_alter_table("budget_entry") as batch_op:
        batch_op.drop_index(batch_op.f("ix_budget_entry_transfer"))
        batch_op.drop_index(batch_op.f("ix_budget_entry_line_id"))
        batch_op.drop_index(batch_op.f("ix_budget_entry_decided_on"))

    op.drop_table("budget_entry")
    with op.batch_alter_table("receipt") as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_received_on"))
        batch_op.drop_index(batch_op.f("ix_receipt_project_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_partner_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_corrects_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("money_proposal") as batch_op:
        batch_op.drop_index(batch_op.f("ix_money_proposal_state"))
        batch_op.drop_index(batch_op.f("ix_money_proposal_project_id"))

    op.drop_table("money_proposal")
    with op.batch_alter_table("convention_party") as batch_op:
        batch_op.drop_index(batch_op.f("ix_convention_party_partner_id"))
        batch_op.drop_index(batch_op.f("ix_convention_party_convention_id"))

    op.drop_table("convention_party")
    with op.batch_alter_table("convention_amendment") as batch_op:
        batch_op.drop_index(batch_op.f("ix_convention_amendment_convention_id"))

    op.drop_table("convention_amendment")
    op.drop_table("budget_plan")
    with op.batch_alter_table("budget_line") as batch_op:
        batch_op.drop_index(batch_op.f("ix_budget_line_project_id"))

    op.drop_table("budget_line")
    op.drop_table("price_index")
    with op.batch_alter_table("commitment") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_commitment_convention_id_convention"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_commitment_convention_id"))
        batch_op.drop_column("convention_id")

    op.drop_table("convention")
    op.drop_table("closed_period")
