"""Sample books and sample dossiers of one centre: what the gates ask is written into the books it has."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from models.operations.sample_portfolio import load_sample_books
from models.operations.samples import complete_dossier, load_sample_dossiers
from models.queries.budgets import list_lines
from models.queries.controls import run_controls
from models.queries.dossiers import load_dossier
from models.queries.projects import find_project
from models.rules.contracts import ContractKind
from models.rules.stages import Stage
from models.tables import BudgetLine, Contract, Project
from tests.builders import AT, link_partners, make_project
from tests.operations.sampled import TODAY, make_centre, moved_on, passes_but_for_the_hands

ONE_OF_EACH = ("tamesna-complex", "rahma-cmp", "tanger-hearing")


@pytest.mark.parametrize("days", [0, 45, 100])
def test_s12_centres_with_sample_books_pass_every_gate_to_the_end(loaded: Session, days: int) -> None:
    at = AT + timedelta(days=days)
    load_sample_books(loaded, by="finance", at=at)
    load_sample_dossiers(loaded, at=at)
    assert load_sample_dossiers(loaded, at=at) == 0

    for key in ONE_OF_EACH:
        project = find_project(loaded, key)
        while project.stage is not Stage.CLOSED:
            complete_dossier(loaded, project=key, at=at)
            assert passes_but_for_the_hands(loaded, project, on=at.date()), (key, project.stage)
            moved_on(loaded, project)

    assert run_controls(loaded, today=at.date()) == ()


def test_s12_the_sample_contract_has_what_is_left_on_its_line(loaded: Session) -> None:
    load_sample_books(loaded, by="finance", at=AT)
    project = find_project(loaded, "tamesna-complex")

    complete_dossier(loaded, project=project.key, at=AT)

    contract = _works(loaded, project)
    lines = list_lines(loaded, on=TODAY, projects=[project.key])
    line = next(line for line in lines if line.code == "EXEMPLE-TRAVAUX")
    assert (line.budget.centimes, line.available.centimes) == (contract.amount_centimes, 0)
    paper = load_dossier(loaded, project, TODAY).proofs["works_contract"]
    assert paper.value == contract.amount_centimes


def test_s12_the_paper_of_a_contract_says_what_the_books_say(loaded: Session) -> None:
    load_sample_books(loaded, by="finance", at=AT)
    load_sample_dossiers(loaded, at=AT)

    project = find_project(loaded, "rahma-cmp")
    paper = load_dossier(loaded, project, TODAY).proofs["works_contract"]

    assert paper.value == _works(loaded, project).amount_centimes


def test_s12_accounts_go_on_from_the_last_one_and_all_is_paid(session: Session) -> None:
    project = make_project(session, "centre", stage=Stage.CONSTRUCTION)
    link_partners(session, project, ["council", "ministry", "agency"])
    load_sample_books(session, by="finance", at=AT)
    contract = _works(session, project)
    (before,) = load_dossier(session, project, TODAY).books.works

    complete_dossier(session, project=project.key, at=AT)

    (works,) = load_dossier(session, project, TODAY).books.works
    assert works.works[: len(before.works)][-1].dated == before.works[-1].dated
    assert [account.number for account in works.accounts] == list(range(1, len(works.accounts) + 1))
    assert sum(account.gross for account in works.works) == contract.amount_centimes * 95 // 100
    assert all(account.paid == account.net for account in works.accounts)
    assert works.provisional_on is not None


def test_s12_no_sample_contract_is_signed_on_a_line_that_is_used_up(session: Session) -> None:
    project = make_centre(session)
    load_sample_books(session, by="finance", at=AT)
    line = session.exec(select(BudgetLine).where(BudgetLine.code == "EXEMPLE-TRAVAUX")).one()
    session.add(
        Contract(
            project_id=project.id,
            line_id=line.id,
            reference="M-1",
            kind=ContractKind.SERVICES,
            contractor="Exemple SARL",
            amount_centimes=7_200_000_00,
            period_days=100,
            signed_on=TODAY,
            written_by="officer",
            written_at=AT,
        )
    )
    session.flush()

    complete_dossier(session, project=project.key, at=AT)

    assert not passes_but_for_the_hands(session, project)
    assert run_controls(session, today=TODAY) == ()


def _works(session: Session, project: Project) -> Contract:
    return session.exec(
        select(Contract).where(Contract.project_id == project.id, Contract.kind == ContractKind.WORKS)
    ).one()
