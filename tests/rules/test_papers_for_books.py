"""Papers answer for the money of a project that the books do not hold yet (Q11)."""

from dataclasses import replace
from datetime import date, timedelta

from models.rules.dossier import Dossier, Proof
from models.rules.gates import CRITERIA
from models.rules.letters import Named
from models.rules.money_facts import Books, Instalment, Pledge
from models.rules.stages import Stage, Status
from models.rules.tranches import Trigger

COUNCIL = Named("council", "المجلس", "Conseil", "Council")
TODAY = date(2026, 6, 15)
FIRST = CRITERIA["G1.8a"].need
UNCALLED = CRITERIA["G3.8b"].need
EMPTY = Dossier(project="sample", stage=Stage.STUDY, status=Status.ACTIVE, today=TODAY, books=Books())


def filed(dossier: Dossier, code: str, on: date = TODAY, value: int | None = None) -> Dossier:
    return replace(dossier, proofs={code: Proof(on, value)})


def test_a_paper_counts_until_the_books_hold_the_project() -> None:
    with_paper = filed(EMPTY, "first_tranches_received")
    late = Instalment(1, 800_00, TODAY, Trigger.DATE, None)
    pledge = Pledge(COUNCIL, 800_00, True, tranches=(late,))

    assert FIRST.met(with_paper)
    assert not FIRST.met(filed(EMPTY, "first_tranches_received", TODAY + timedelta(days=1)))
    assert not FIRST.met(replace(with_paper, books=Books(pledges=(pledge,))))


def test_a_measure_on_paper_keeps_its_limit() -> None:
    promised = Pledge(COUNCIL, 800_00, True)

    assert UNCALLED.met(filed(EMPTY, "uncalled_balance", value=0))
    short = replace(EMPTY, books=Books(pledges=(promised,)))
    assert not UNCALLED.met(filed(short, "uncalled_balance", value=1))
