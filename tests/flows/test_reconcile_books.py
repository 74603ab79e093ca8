"""The night's run over the books on a real Prefect server: done once, told once, refused in words."""

import json
import os
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from sqlmodel import Session, func, select

from deployments import publish
from deployments.forms import reconciling_choices
from flows import reconcile_books as flow_module
from flows.reconcile_books import reconcile_books
from intake.statements.inbox import TakenIn
from intake.templates import FileNotWritten
from models import db
from models.nights import RECONCILING
from models.operations import reconciliation_runs
from models.queries.looks import last_look
from models.rules.reconciliation import Scope
from models.rules.spans import Span
from models.rules.statement_files import StatementRow
from models.settings import load_settings
from models.tables import Parcel, Receipt, ReconciliationRun
from tadshin.orchestrator import Running
from tasks import reconciliation, statements
from tests.builders import AT, make_staff
from tests.flows.test_deployments import _deployments
from tests.intake.statements.written import write_two
from tests.operations.statements import make_bank, write_line


@pytest.fixture
def books(house: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bank with one line that certainly pays a call, and one that says nothing anybody knows."""
    monkeypatch.setattr(reconciliation, "now", lambda: AT)
    with db.transaction() as session:
        make_staff(session)
        bank = make_bank(session)
        write_line(
            session,
            bank.file,
            200_000_50,
            reference="AF-2026-0002",
            counterparty="Sample council",
            label="VIREMENT AF-2026-0002",
        )
        write_line(session, bank.file, 7_777_77, counterparty="<script> =cmd()")
    return house


def counted(session: Session, table: Any) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


async def _artifacts(key: str) -> list[Any]:
    async with get_client() as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        return list(await client.read_artifacts(artifact_filter=wanted))


async def test_a_night_books_once_tells_once_and_leaves_its_results(books: str) -> None:
    """R40 and R44."""
    first = await reconcile_books(return_state=True)
    second = await reconcile_books(return_state=True)

    assert [one.name for one in (first, second)] == ["Reconciled", "Unchanged"]
    assert str(first.message).startswith("Lines booked: 1; suggested: ")
    with db.reading() as session:
        assert counted(session, Receipt) == 1
        parcels = session.exec(select(Parcel).where(Parcel.kind == "books_reconciled")).all()
        assert last_look(session, RECONCILING) == AT
    (told,) = (json.loads(one.payload) for one in parcels)
    assert told["booked"] == {"count": 1, "amounts": ["200000.50 MAD"]}
    rows = [json.loads(str(one.data)) for one in await _artifacts("reconcile-books") if one.type == "table"]
    told_of = [[tuple(row.values())[:3] for row in table] for table in rows]
    assert [
        ("Booked: pays", "1", "MAD\u00a0200,000.50"),
        ("Lines with a suggestion", "0", ""),
        ("Lines left open", "1", "MAD\u00a07,777.77"),
    ] in [table[:3] for table in told_of]
    bars = [one for one in await _artifacts("reconcile-books") if one.type == "progress"]
    assert {float(str(one.data)) for one in bars} == {100.0}


async def test_the_form_narrows_what_is_looked_at(books: str) -> None:
    """R41."""
    before = await reconcile_books(period=Span.LAST_YEAR, return_state=True)
    other = await reconcile_books(first_day=date(2026, 3, 3), return_state=True)

    with db.reading() as session:
        assert counted(session, Receipt) == 0
        assert last_look(session, RECONCILING) is None
    assert {before.name, other.name} <= {"Unchanged", "Reconciled"}


async def test_what_lies_in_the_inbox_is_taken_in_first(
    house: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R40: a file that comes in is reconciled the same night; one that cannot be read lies apart."""
    monkeypatch.setattr(reconciliation, "now", lambda: AT)
    with db.transaction() as session:
        make_staff(session)
        make_bank(session).account.profile = "sample-two-columns"
    folder = load_settings().inbox_folder / "BANK"
    folder.mkdir(parents=True)
    paid = StatementRow(
        row=0,
        day=date(2026, 2, 16),
        value_day=date(2026, 2, 16),
        amount=200_000_50,
        label="VIR RECU SAMPLE COUNCIL AF-2026-0002",
        operation="00012",
    )
    write_two(folder / "february.csv", paid)
    (folder / "march.csv").write_text("no statement")
    for file in folder.iterdir():
        os.utime(file, (AT.timestamp(), AT.timestamp()))

    ended = await reconcile_books(return_state=True)

    assert ended.name == "Reconciled"
    assert [path.name for path in (folder / "done").iterdir()] == ["february.csv"]
    assert {path.name for path in (folder / "refused").iterdir()} == {"march.csv", "march.csv.reasons.txt"}
    with db.reading() as session:
        assert session.exec(select(Receipt.amount_centimes)).all() == [200_000_50]


async def test_an_inbox_that_cannot_be_used_stops_no_run(
    books: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R42."""

    def unusable(_at: datetime) -> list[TakenIn]:
        raise FileNotWritten(file="done/february.csv", problem="no_space", number=None)

    monkeypatch.setattr(statements, "take_in_all", unusable)

    ended = await reconcile_books(return_state=True)

    assert ended.name == "Reconciled"
    assert "february.csv" in str(ended.message)


@pytest.mark.parametrize(
    ("asked", "name", "said"),
    [
        ({"project": "sample-centr"}, "BadScope", "sample-centre"),
        ({"partner": "nobody"}, "BadScope", "nobody"),
        ({"account": "BANQ"}, "BadScope", "BANK"),
        ({"first_day": date(2026, 3, 2), "before": date(2026, 3, 2)}, "BadScope", "after"),
        ({"period": Span.LAST_YEAR, "before": date(2026, 3, 2)}, "BadScope", "last year"),
    ],
)
async def test_a_bad_scope_is_a_state_to_read(
    books: str, asked: dict[str, Any], name: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """R42."""
    ended = await reconcile_books(**asked, return_state=True)

    assert (ended.name, ended.type.value) == (name, "COMPLETED")
    assert said in str(ended.message)
    assert "Traceback" not in caplog.text
    with db.reading() as session:
        assert counted(session, ReconciliationRun) == 0


async def test_a_second_run_says_that_another_is_at_work(books: str) -> None:
    """R42."""
    with db.transaction() as session:
        reconciliation_runs.begin(
            session,
            scope=Scope(),
            asked_by="finance",
            holder="elsewhere:1:1",
            is_alive=lambda _holder: True,
            at=AT - timedelta(minutes=1),
        )

    ended = await reconcile_books(return_state=True)

    assert (ended.name, ended.type.value) == ("Busy", "COMPLETED")
    assert "finance" in str(ended.message)


async def test_one_night_makes_up_for_all_that_were_missed(
    books: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R43: the runs of missed nights wait; the first of them does the work of all."""
    nights = [AT - timedelta(days=days) for days in (3, 2, 1)]
    ended = []
    for night in nights:
        monkeypatch.setattr(flow_module, "planned_for", lambda night=night: night)
        ended.append((await reconcile_books(return_state=True)).name)

    assert ended == ["Reconciled", "CaughtUp", "CaughtUp"]


async def test_the_form_offers_what_is_in_the_books(books: str, orchestra: Running) -> None:
    """R41."""
    await publish.apply()
    deployment = (await _deployments())["reconcile-books/on-demand"]

    form = deployment.parameter_openapi_schema
    assert form["properties"]["project"]["enum"] == ["sample-centre"]
    assert form["properties"]["account"]["enum"] == ["BANK"]
    spans = next(value for key, value in form["definitions"].items() if key == "Span")
    assert spans["enum"] == [span.value for span in Span]
    assert form["properties"]["first_day"]["anyOf"][0]["format"] == "date"
    assert not deployment.enforce_parameter_schema


def test_where_there_are_no_books_the_form_offers_nothing(settings_env: Any, tmp_path: Any) -> None:
    settings_env(home=tmp_path / uuid4().hex)

    assert reconciling_choices() == {}
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


async def test_the_night_begins_at_half_past_two_in_casablanca(orchestra: Running) -> None:
    """R40."""
    await publish.apply()
    (schedule,) = (await _deployments())["reconcile-books/every-night"].schedules

    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("30 2 * * *", "Africa/Casablanca")
