"""The money of the sample dossiers: marked, in the trail, and never beside what people have written."""

import json

from sqlmodel import Session, col, select

from models.operations.samples import complete_dossier
from models.queries.dossiers import load_dossier
from models.rules.gates import ask_gate
from models.rules.stages import Stage
from models.tables import Certificate, Contract, FundingCall, Payment, Receipt, TrailEntry, Tranche
from tests.builders import AT
from tests.operations.money_builders import make_contract
from tests.operations.sampled import TODAY, make_centre, moved_on, passes_but_for_the_hands


def test_all_sample_money_says_that_it_is_a_sample(session: Session) -> None:
    """Q6."""
    project = make_centre(session)
    while project.stage is not Stage.CLOSED:
        complete_dossier(session, project=project.key, at=AT)
        assert passes_but_for_the_hands(session, project)
        moved_on(session, project)

    assert all(tranche.document == "SAMPLE" for tranche in session.exec(select(Tranche)))
    assert all((call.number or "").startswith("SAMPLE-") for call in session.exec(select(FundingCall)))
    for column in (Receipt.reference, Certificate.reference, Payment.reference):
        references = session.exec(select(column)).all()
        assert references
        assert all(reference.startswith("SAMPLE-") for reference in references)
    contract = session.exec(select(Contract)).one()
    assert contract.sample
    assert contract.contractor == "SAMPLE / Exemple"


def test_the_books_of_a_finished_sample_close_to_the_centime(session: Session) -> None:
    """Q6: all that was promised came, all that was certified was paid, nothing is held."""
    project = make_centre(session)
    while project.stage is not Stage.CLOSED:
        complete_dossier(session, project=project.key, at=AT)
        moved_on(session, project)

    books = load_dossier(session, project, TODAY).books
    (works,) = books.contracts
    assert all(pledge.amount == pledge.called == pledge.received for pledge in books.in_money)
    assert sum(books.received.values()) == sum(pledge.amount for pledge in books.in_money)
    assert sum(account.gross for account in works.works) == works.amount == works.paid
    assert works.retention_held == 0
    assert max(account.retention for account in works.works) <= works.amount // 10 + 1


def test_one_entry_of_the_trail_names_every_sample_row(session: Session) -> None:
    """Q6."""
    project = make_centre(session)
    complete_dossier(session, project=project.key, at=AT)

    entry = session.exec(
        select(TrailEntry).where(TrailEntry.kind == "sample_money_added").order_by(col(TrailEntry.sequence))
    ).one()
    rows = json.loads(entry.payload)["rows"]
    receipts = session.exec(select(Receipt)).all()
    assert entry.project_id == project.id
    assert {row["reference"] for row in rows["receipt"]} == {receipt.reference for receipt in receipts}
    assert len(rows["contract"]) == 1


def test_no_sample_is_written_beside_a_contract_of_people(session: Session) -> None:
    """Q6: the gate stays shut until people have planned its payments."""
    project = make_centre(session)
    make_contract(session, project, 1_000_000_00)

    complete_dossier(session, project=project.key, at=AT)

    missing = [one for one in ask_gate(load_dossier(session, project, TODAY)) if not one.passes]
    assert [one.rule for one in missing] == ["G1.8b", "G1.9a", "G1.9b", "G1.9c"]
    assert [lack.code for lack in missing[0].lacks] == ["payments_unplanned"]
    assert [contract.sample for contract in session.exec(select(Contract))] == [False]
