import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (importing it fills the metadata)
from models import db, schema
from models.schema import NotPrepared
from models.settings import ROOT
from models.troubles import ForeignDatabase
from tests.migrations.rows import fill, read, reflect

SCRIPTS = ScriptDirectory.from_config(Config(str(ROOT / "alembic.ini")))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]
_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        engine = db.open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
        yield engine
        engine.dispose()
        return
    admin = create_engine(request.getfixturevalue("postgres_server"), isolation_level="AUTOCOMMIT")
    name = f"empty_{next(_numbers)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = db.open_engine(admin.url.set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def run(engine: Engine, step: str, revision: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        getattr(command, step)(config, revision)
        connection.commit()


def test_the_revisions_are_numbered_and_named() -> None:
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))

    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert [file.name[:4] for file in files] == REVISIONS
    assert all(len(file.stem) > len("0001_") for file in files)


def test_an_empty_database_gets_every_table(empty: Engine) -> None:
    schema.upgrade(empty)

    schema.check_prepared(empty)
    assert set(inspect(empty).get_table_names()) == {*SQLModel.metadata.tables, "alembic_version"}


def test_migrating_again_changes_nothing(empty: Engine) -> None:
    schema.upgrade(empty)
    schema.upgrade(empty)

    schema.check_prepared(empty)


def test_the_revisions_are_read_as_alembic_reads_them(empty: Engine) -> None:
    """The check at each start does without alembic, which takes long to load."""
    assert schema.newest_revision() == SCRIPTS.get_current_head()
    for number in (None, *REVISIONS):
        if number is not None:
            schema.upgrade(empty, number)
        with empty.connect() as connection:
            said = MigrationContext.configure(connection).get_current_revision()
            assert schema.present_revision(connection) == said == number


def test_a_database_that_lost_its_number_or_has_two_is_not_prepared(empty: Engine) -> None:
    schema.upgrade(empty)
    for change, found in (
        ("INSERT INTO alembic_version VALUES ('9999')", f"{REVISIONS[-1]}, 9999"),
        ("DELETE FROM alembic_version", None),
    ):
        with empty.begin() as connection:
            connection.execute(text(change))
        with pytest.raises(NotPrepared) as refused:
            schema.check_prepared(empty)
        assert refused.value.details == {
            "database": db.name_of(empty),
            "found": found,
            "needed": REVISIONS[-1],
        }


def test_the_check_loads_no_alembic() -> None:
    program = "import sys, models.schema, models.db; print('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert done.stdout == "False\n"


def test_a_database_without_tables_is_told_apart(empty: Engine) -> None:
    with pytest.raises(NotPrepared) as refused:
        schema.check_prepared(empty)

    assert refused.value.details == {
        "database": db.name_of(empty),
        "found": None,
        "needed": REVISIONS[-1],
    }


def test_the_migrations_make_what_the_models_say(empty: Engine) -> None:
    """What `alembic check` asks: nothing is left to migrate."""
    schema.upgrade(empty)
    config = Config(str(ROOT / "alembic.ini"))

    with empty.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_an_earlier_revision_survive_the_way_up(empty: Engine, revision: str) -> None:
    run(empty, "upgrade", revision)
    with empty.begin() as connection:
        before = fill(connection)

    schema.upgrade(empty)

    with empty.connect() as connection:
        after = read(connection)
    for table, row in before.items():
        kept = {name: value for name, value in row.items() if name in after.get(table, {})}
        assert kept.items() <= after[table].items()


def test_the_way_down_ends_with_nothing_and_leads_up_again(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.begin() as connection:
        fill(connection)

    run(empty, "downgrade", "base")

    assert inspect(empty).get_table_names() == ["alembic_version"]
    assert left_over(empty) == []
    schema.upgrade(empty)
    with empty.begin() as connection:
        fill(connection)


def left_over(engine: Engine) -> list[str]:
    """Triggers and functions of ours that are still there."""
    queries = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')",
        "postgresql": "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace "
        "WHERE n.nspname = 'public'",
    }
    with engine.connect() as connection:
        return list(connection.execute(text(queries[engine.dialect.name])).scalars())


# Every check of the database, with a change to a good row that it must refuse.
BAD = {
    "ck_project_share_not_negative": "foundation_share_centimes = -1",
    "ck_project_gap_not_negative": "gap_centimes = -1",
    "ck_project_budget_positive": "budget_centimes = 0",
    "ck_project_beds_not_negative": "beds = -1",
    "ck_ramadan_override_first_before_last": "first = last",
    "ck_report_finding_settled_whole": "settled_by = 'officer'",
    "ck_commitment_amount_positive": "amount_centimes = 0",
    "ck_evidence_value_not_negative": "value = -1",
    "ck_proposal_proposer_is_not_certifier": "certified_by = proposed_by",
    "ck_proposal_approved_has_hand": "state = 'approved'",
    "ck_proposal_certifier_is_not_approver": "certified_by = 'x', approved_by = 'x'",
    "ck_proposal_certified_first": "approved_by = 'x'",
    "ck_proposal_proposer_is_not_approver": "certified_by = 'x', approved_by = proposed_by",
    "ck_convention_payment_days_in_range": "payment_days = 0",
    "ck_convention_amendment_number_positive": "number = 0",
    "ck_commitment_release_amount_not_zero": "amount_centimes = 0",
    "ck_commitment_release_proposer_is_not_decider": "proposed_by = decided_by",
    "ck_tranche_number_positive": "number = 0",
    "ck_tranche_amount_not_negative": "amount_centimes = -1",
    "ck_tranche_stage_named": "trigger = 'stage'",
    "ck_tranche_progress_named": "trigger = 'progress', progress = 10001",
    "ck_tranche_document_named": "trigger = 'document', document = ''",
    "ck_funding_call_amount_positive": "amount_centimes = 0",
    "ck_funding_call_issued_is_dated": "state = 'issued'",
    "ck_funding_call_withdrawn_is_dated": "state = 'withdrawn'",
    "ck_funding_call_due_after_issue": "issued_on = '2026-01-02', due_on = '2026-01-01'",
    "ck_exchange_rate_rate_positive": "rate = 0",
    "ck_exchange_rate_currency_foreign": "currency = 'MAD'",
    "ck_foreign_amount_amount_positive": "amount_centimes = 0",
    "ck_foreign_amount_rate_positive": "rate = 0",
    "ck_foreign_amount_currency_foreign": "currency = 'MAD'",
    "ck_receipt_amount_positive": "amount_centimes = 0",
    "ck_allocation_amount_not_zero": "amount_centimes = 0",
    "ck_budget_entry_amount_not_zero": "amount_centimes = 0",
    "ck_budget_entry_transfer_named": "change = 'transfer', approved_by = 'x'",
    "ck_budget_entry_change_has_two_hands": "change = 'revision'",
    "ck_budget_entry_proposer_is_not_approver": "approved_by = proposed_by",
    "ck_contract_amount_positive": "amount_centimes = 0",
    "ck_contract_period_positive": "period_days = 0",
    "ck_contractor_name_another_name": "folded = contractor",
    "ck_contractor_name_removed_whole": "removed_by = 'officer'",
    "ck_contract_index_dated": "price_index = '', index_month = '2026-01-01'",
    "ck_contract_amendment_number_positive": "number = 0",
    "ck_security_amount_positive": "amount_centimes = 0",
    "ck_security_released_after": "released_on = '1999-01-01'",
    "ck_bill_item_quantity_positive": "quantity = 0",
    "ck_bill_item_price_not_negative": "price_centimes = -1",
    "ck_planned_payment_amount_positive": "amount_centimes = 0",
    "ck_reservation_cleared_after": "cleared_on = '1999-01-01'",
    "ck_certificate_number_positive": "number = 0",
    "ck_certificate_net_adds_up": "net_centimes = 2",
    "ck_certificate_only_the_last_is_negative": "gross_centimes = -1, revision_centimes = 6",
    "ck_certificate_retention_not_negative": "retention_centimes = -1, net_centimes = 3",
    "ck_certificate_recovered_not_negative": "recovered_centimes = -1, net_centimes = 3",
    "ck_certificate_special_not_negative": "special_centimes = -1",
    "ck_certificate_due_after_date": "due_on = '1999-01-01'",
    "ck_measurement_quantity_not_negative": "quantity = -1",
    "ck_payment_amount_positive": "amount_centimes = 0",
    "ck_price_index_value_positive": "value = 0",
    "ck_money_proposal_proposer_is_not_decider": "state = 'approved', decided_by = proposed_by",
    "ck_money_proposal_decided_has_hand": "state = 'approved'",
    "ck_money_alert_times_positive": "times = 0",
    "ck_reconciliation_run_open_has_no_end": "ended_at = '2026-01-01 00:00:00+00:00'",
    "ck_statement_file_starts_before_end": "starts_on = '2026-01-02', ends_before = '2026-01-02'",
    "ck_statement_file_lines_not_negative": "lines = -1",
    "ck_statement_file_faults_not_negative": "faults = -1",
    "ck_statement_line_amount_not_zero": "amount_centimes = 0",
    "ck_line_match_share_in_range": "share = 10001",
    "ck_line_match_undone_is_named": "status = 'undone'",
    "ck_line_match_person_decides": "status = 'rejected', author = ''",
    "ck_match_part_one_target": (
        "call_id = (SELECT id FROM funding_call), certificate_id = (SELECT id FROM certificate)"
    ),
    "ck_match_part_one_entry": (
        "receipt_id = (SELECT id FROM receipt), payment_id = (SELECT id FROM payment)"
    ),
    "ck_reconciliation_case_closed_after": "closed_at = '1999-01-01 00:00:00+00:00'",
    "ck_lesson_times_positive": "times = 0",
    "ck_lesson_forgotten_whole": "forgotten_by = 'officer'",
    "ck_role_grant_one_limit": "region = 'oriental', project_id = (SELECT id FROM project)",
}
CHOICES = {
    "ck_dispatcher_orchestrator": "orchestrator",
    "ck_project_stage": "stage",
    "ck_project_sector": "sector",
    "ck_project_status": "status",
    "ck_report_finding_severity": "severity",
    "ck_milestone_stage": "stage",
    "ck_move_request_door": "door",
    "ck_move_request_outcome": "outcome",
    "ck_move_request_entered_stage": "entered",
    "ck_proposal_left_stage": '"left"',
    "ck_proposal_entered_stage": "entered",
    "ck_proposal_proposalstate": "state",
    "ck_role_grant_role": "role",
    "ck_stage_change_entered_stage": "entered",
    "ck_stage_change_left_stage": '"left"',
    "ck_delivery_deliverystate": "state",
    "ck_commitment_release_releasekind": "kind",
    "ck_tranche_trigger": "trigger",
    "ck_tranche_stage": "stage",
    "ck_funding_call_callstate": "state",
    "ck_budget_line_stage": "stage",
    "ck_budget_line_nature": "nature",
    "ck_budget_entry_budgetchange": "change",
    "ck_contract_contractkind": "kind",
    "ck_service_order_orderkind": "kind",
    "ck_contract_amendment_amendmentkind": "kind",
    "ck_security_securitykind": "kind",
    "ck_acceptance_acceptancekind": "kind",
    "ck_certificate_certificatekind": "kind",
    "ck_money_proposal_moneychange": "change",
    "ck_money_proposal_changestate": "state",
    "ck_money_alert_alert": "alert",
    "ck_reconciliation_run_reconciliationstate": "state",
    "ck_statement_account_accountkind": "kind",
    "ck_statement_line_linestate": "state",
    "ck_line_match_matchkind": "kind",
    "ck_line_match_matchstatus": "status",
    "ck_reconciliation_case_casekind": "kind",
    "ck_reconciliation_case_casestep": "next_step",
    "ck_case_event_casechange": "kind",
    "ck_lesson_lessonkind": "kind",
    "ck_lesson_lessonsource": "source",
}
CHECKS = {
    str(constraint.name): table.name
    for table in SQLModel.metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, CheckConstraint)
}


def test_every_check_of_the_models_is_tried() -> None:
    assert set(CHECKS) == set(BAD) | set(CHOICES)


@pytest.fixture
def filled(database: Engine) -> Engine:
    with database.begin() as connection:
        fill(connection)
    return database


def test_every_check_refuses_its_bad_row(filled: Engine) -> None:
    changes = BAD | {name: f"{column} = 'x'" for name, column in CHOICES.items()}
    for name, table in CHECKS.items():
        with pytest.raises(IntegrityError, match=name), filled.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {changes[name]}"))


def test_a_promise_in_kind_may_be_of_nothing(filled: Engine) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE commitment SET in_kind = true, amount_centimes = 0"))


def test_every_table_can_hold_a_row(filled: Engine) -> None:
    with filled.connect() as connection:
        assert {table.name for table in reflect(connection)} == set(SQLModel.metadata.tables)
        assert set(read(connection)) == set(SQLModel.metadata.tables)


@pytest.mark.parametrize(
    "tables",
    [
        ("CREATE TABLE invoices (id INTEGER PRIMARY KEY)",),
        (
            "CREATE TABLE invoices (id INTEGER PRIMARY KEY)",
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            "INSERT INTO alembic_version VALUES ('0001')",
        ),
    ],
    ids=["without revisions", "with revisions of its own"],
)
def test_tables_of_another_program_are_left_alone(empty: Engine, tables: tuple[str, ...]) -> None:
    """X20."""
    with empty.begin() as connection:
        for statement in tables:
            connection.exec_driver_sql(statement)
    before = set(inspect(empty).get_table_names())

    with pytest.raises(ForeignDatabase):
        schema.upgrade(empty)

    assert set(inspect(empty).get_table_names()) == before


def test_the_bookkeeping_alone_is_no_other_program(empty: Engine) -> None:
    """What is left on the way down to nothing."""
    with empty.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")

    schema.upgrade(empty)

    schema.check_prepared(empty)
