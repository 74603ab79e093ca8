"""What each question to the books accepts and refuses, at its boundary."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.rules.cases import CaseKind
from models.rules.contracts import AmendmentKind, CertificateKind, SecurityKind
from models.rules.dossier import Dossier, Proof
from models.rules.lacks import Lack
from models.rules.letters import Named
from models.rules.money import Money
from models.rules.money_facts import (
    Account,
    Amended,
    Bond,
    Books,
    ContractFacts,
    Instalment,
    OpenCase,
    Pledge,
    at_hand,
    contributions,
)
from models.rules.money_gates import CALL_AGE_LIMIT, MONEY
from models.rules.payment_curve import Planned
from models.rules.stages import Stage
from models.rules.tranches import Trigger
from tests.rules.dossiers import BOOKS, MINISTRY, PLEDGE, TODAY, WORKS, ready, verdict, with_proofs

COUNCIL = Named("council", "المجلس", "Conseil", "Council")
JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)


def asked(stage: Stage, *pledges: Pledge, works: ContractFacts = WORKS, **received: int) -> Dossier:
    """A dossier that is ready but for these promises, this contract and this money."""
    books = Books(
        received or BOOKS.received, pledges or BOOKS.pledges, (works,) if works is not None else ()
    )
    return replace(ready(stage), books=books)


def lacks(question: str, dossier: Dossier) -> list[str]:
    return [lack.code for lack in MONEY[question](dossier)]


def pledge(*tranches: Instalment, amount: int = 900_00, payer: Named = COUNCIL) -> Pledge:
    return Pledge(payer, amount, signed=True, tranches=tranches)


def tranche(number: int, amount: int, on: date, **more: object) -> Instalment:
    return Instalment(number, amount, on, Trigger.DATE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", MONEY)
def test_empty_books_answer_nothing(question: str) -> None:
    dossier = replace(ready(Stage.STUDY), books=Books())

    assert set(lacks(question, dossier)) <= {"no_commitment", "no_works_contract", "never_reconciled"}
    assert lacks(question, dossier)


@pytest.mark.parametrize("question", MONEY)
def test_settled_books_lack_nothing(question: str) -> None:
    assert lacks(question, ready(Stage.LAUNCH)) == []


@pytest.mark.parametrize(("received", "missing"), [(300_00, []), (299_99, ["first_tranche_missing"])])
def test_the_first_tranche_has_come_whole(received: int, missing: list[str]) -> None:
    """G1.8a: to the centime; money that no call was given does not count."""
    first = tranche(1, 300_00, JULY, called=300_00, received=received)

    dossier = asked(Stage.STUDY, pledge(first, tranche(2, 600_00, AUGUST)), council=900_00)

    assert lacks("first_tranches_received", dossier) == missing


def test_what_is_not_in_money_or_not_signed_has_no_first_tranche() -> None:
    """G1.8a."""
    in_kind = replace(pledge(), in_kind=True)
    unsigned = replace(pledge(), signed=False)

    assert lacks("first_tranches_received", asked(Stage.STUDY, in_kind, unsigned)) == []
    assert lacks("first_tranches_received", asked(Stage.STUDY, unsigned)) == ["no_commitment"]
    assert lacks("first_tranches_received", asked(Stage.STUDY, pledge())) == ["tranches_unplanned"]


def curve(second_on: date, *, second: int = 600_00) -> Dossier:
    """300.00 have come; 500.00 are to be paid in July and 400.00 in August."""
    first = tranche(1, 300_00, date(2026, 1, 1), called=300_00, received=300_00)
    works = replace(
        WORKS, amount=900_00, accounts=(), planned=(Planned(JULY, 500_00), Planned(AUGUST, 400_00))
    )
    dossier = asked(Stage.STUDY, pledge(first, tranche(2, second, second_on)), works=works, council=300_00)
    return replace(dossier, foundation_share=Money(0))


def test_a_second_tranche_moved_by_ninety_days_is_named_with_month_and_amount() -> None:
    """G1.8b, Q2, Q3: the day before the first payment is in time."""
    in_time = JULY - timedelta(days=1)
    moved = in_time + timedelta(days=90)
    assert lacks("payment_curve_covered", curve(in_time)) == []

    found = list(MONEY["payment_curve_covered"](curve(moved)))

    named = {
        "partner": "council",
        "partner_ar": "المجلس",
        "partner_fr": "Conseil",
        "partner_en": "Council",
        "tranche": 2,
        "on": "2026-09-28",
    }
    assert found == [
        Lack("curve_short", {"month": "2026-07", "amount": "200.00 MAD", **named}),
        Lack("curve_short", {"month": "2026-08", "amount": "600.00 MAD", **named}),
    ]
    assert verdict(curve(moved), "G1.8b").lacks == tuple(found)


def test_a_curve_is_covered_to_the_centime_and_the_day() -> None:
    """G1.8b."""
    in_time = JULY - timedelta(days=1)

    assert lacks("payment_curve_covered", curve(JULY)) == ["curve_short"]
    assert lacks("payment_curve_covered", curve(in_time, second=599_99)) == ["curve_short_unpromised"]
    assert lacks("payment_curve_covered", curve(TODAY - timedelta(days=1)))[0] == "curve_short_late"


def test_a_contract_is_planned_whole() -> None:
    """G1.8b: with its amendments; what was paid need not be planned any more."""
    short = replace(WORKS, accounts=(), planned=(Planned(JULY, WORKS.amount - 1),))
    more = (Amended(AmendmentKind.EXTRA_WORKS, 1, 0, JUNE),)

    assert lacks("payment_curve_covered", asked(Stage.STUDY, works=short)) == ["payments_unplanned"]
    assert lacks("payment_curve_covered", asked(Stage.STUDY, works=replace(WORKS, amendments=more))) == [
        "payments_unplanned"
    ]
    assert lacks("payment_curve_covered", asked(Stage.STUDY, works=replace(WORKS, planned=()))) == []


def test_money_is_awaited_on_the_later_day_up_to_what_is_left_of_the_promise() -> None:
    """Q5: the advance goes to the next tranche."""
    second = tranche(2, 400_00, JULY, called=400_00, due_on=AUGUST)
    promise = pledge(
        tranche(1, 300_00, JUNE, called=300_00, received=300_00), second, tranche(3, 500_00, AUGUST)
    )

    (one,) = contributions(Books({"council": 350_00}, (promise,)))

    assert (one.promised, one.received) == (900_00, 350_00)
    assert [(e.tranche, e.on, e.amount) for e in one.expected] == [(2, AUGUST, 350_00), (3, AUGUST, 200_00)]


def test_money_at_hand_is_what_came_less_what_was_paid() -> None:
    assert at_hand(BOOKS, 5) == 10_000_000_00 + 5 - 1_000_000_00


@pytest.mark.parametrize(("days", "found"), [(0, []), (1, ["account_unpaid"])])
def test_an_account_is_paid_by_the_day_it_is_due(days: int, found: list[str]) -> None:
    """G2.4."""
    owed = replace(WORKS.accounts[0], paid=539_999_99, due_on=TODAY - timedelta(days=days))

    dossier = asked(Stage.CONSTRUCTION, works=replace(WORKS, accounts=(owed, *WORKS.accounts[1:])))

    assert lacks("last_account_settled", dossier) == found


@pytest.mark.parametrize(
    ("measured", "found"), [(date(2026, 5, 30), []), (date(2026, 5, 31), ["account_behind"])]
)
def test_works_are_certified_to_within_a_month_of_the_progress(measured: date, found: list[str]) -> None:
    """G2.4."""
    last = replace(WORKS.accounts[0], dated=date(2026, 4, 30))
    dossier = asked(Stage.CONSTRUCTION, works=replace(WORKS, accounts=(last,)))

    assert (
        lacks("last_account_settled", with_proofs(dossier, physical_progress=Proof(measured, 95_00)))
        == found
    )
    assert lacks("last_account_settled", asked(Stage.CONSTRUCTION, works=replace(WORKS, accounts=()))) == [
        "no_account"
    ]


@pytest.mark.parametrize(
    ("off", "found"), [(2, []), (-2, []), (3, ["retention_wrong"]), (-3, ["retention_wrong"])]
)
def test_retention_is_right_to_a_centime_for_each_account(off: int, found: list[str]) -> None:
    """G2.5a: the two accounts of the contract retain 60 000.00 and 10 000.00."""
    first, *rest = WORKS.accounts
    changed = replace(first, retention=first.retention + off)

    assert (
        lacks(
            "retention_checked", asked(Stage.CONSTRUCTION, works=replace(WORKS, accounts=(changed, *rest)))
        )
        == found
    )


def test_a_bond_stands_for_the_retention() -> None:
    """G2.5a."""
    bond = Bond(SecurityKind.RETENTION, 70_000_00, date(2025, 4, 30))
    accounts = tuple(replace(account, retention=0) for account in WORKS.accounts[:2])
    bare = replace(WORKS, accounts=accounts)

    assert lacks("retention_checked", asked(Stage.CONSTRUCTION, works=bare)) == ["retention_wrong"]
    assert lacks("retention_checked", asked(Stage.CONSTRUCTION, works=replace(bare, bonds=(bond,)))) == []
    late = replace(bond, lodged_on=date(2025, 5, 1))
    assert lacks("retention_checked", asked(Stage.CONSTRUCTION, works=replace(bare, bonds=(late,)))) != []


@pytest.mark.parametrize(("penalty", "found"), [(1_000_00, []), (999_99, ["penalty_open"])])
def test_the_penalty_for_delay_is_deducted(penalty: int, found: list[str]) -> None:
    """G2.5b, G3.8c: accepted a day after 1 June, the end of its time; 1/1000 of the contract."""
    first, *rest = WORKS.accounts
    late = replace(
        WORKS,
        provisional_on=date(2025, 6, 2),
        accounts=(replace(first, delay_penalty=penalty), *rest),
    )
    dossier = with_proofs(asked(Stage.CONSTRUCTION, works=late), penalties_decided=None)

    assert lacks("penalties_decided", dossier) == lacks("penalties_settled", dossier) == found
    assert verdict(dossier, "G2.5b").met is (found == [])
    assert verdict(with_proofs(dossier, penalties_decided=Proof(TODAY)), "G2.5b").met


@pytest.mark.parametrize(
    ("kind", "amount", "found"),
    [
        (AmendmentKind.EXTRA_WORKS, 100_000_00, []),
        (AmendmentKind.EXTRA_WORKS, 100_000_01, ["extra_works_over"]),
        (AmendmentKind.MASS, 100_000_01, ["mass_increase_over"]),
        (AmendmentKind.MASS, -250_000_01, ["mass_decrease_over"]),
    ],
)
def test_amendments_stay_within_the_contracts_limits(
    kind: AmendmentKind, amount: int, found: list[str]
) -> None:
    """G2.6a."""
    works = replace(WORKS, amendments=(Amended(kind, amount, 0, date(2025, 3, 1)),))

    assert lacks("extra_works_share", asked(Stage.CONSTRUCTION, works=works)) == found


def test_a_centime_beyond_the_contract_needs_its_amendment() -> None:
    """G2.6b."""
    first, *rest = WORKS.accounts
    works = replace(WORKS, accounts=(replace(first, gross=first.gross + 1), *rest))
    amended = replace(works, amendments=(Amended(AmendmentKind.MASS, 1, 0, date(2025, 3, 1)),))

    assert lacks("extra_works_covered", asked(Stage.CONSTRUCTION, works=works)) == ["works_not_amended"]
    assert lacks("extra_works_covered", asked(Stage.CONSTRUCTION, works=amended)) == []


@pytest.mark.parametrize(
    ("stage", "on", "found"),
    [
        (Stage.CONSTRUCTION, AUGUST, ["tranche_not_called"]),
        (Stage.EQUIPMENT, JUNE, []),
        (None, TODAY, ["tranche_not_called"]),
        (None, TODAY + timedelta(days=1), []),
    ],
)
def test_a_tranche_of_this_stage_or_day_is_called(stage: Stage | None, on: date, found: list[str]) -> None:
    """G2.9."""
    trigger = Trigger.STAGE if stage else Trigger.DATE
    dossier = asked(Stage.CONSTRUCTION, pledge(Instalment(1, 900_00, on, trigger, stage)))

    assert lacks("stage_tranche_called", dossier) == found
    assert not verdict(dossier, "G2.9").hard


@pytest.mark.parametrize(("days", "found"), [(CALL_AGE_LIMIT, []), (CALL_AGE_LIMIT + 1, ["call_too_old"])])
def test_an_open_call_grows_too_old(days: int, found: list[str]) -> None:
    """G2.9."""
    due = TODAY - timedelta(days=days)
    called = tranche(1, 900_00, due, called=900_00, due_on=due, received=899_99)

    assert lacks("stage_tranche_called", asked(Stage.CONSTRUCTION, pledge(called))) == found


def test_the_position_is_known_once_promises_are_planned_and_works_certified() -> None:
    """G3.8a, G3.8b."""
    half = pledge(tranche(1, 899_99, AUGUST))

    assert lacks("financial_statement", asked(Stage.EQUIPMENT, half)) == ["tranches_unplanned"]
    assert lacks("financial_statement", asked(Stage.EQUIPMENT, works=replace(WORKS, accounts=()))) == [
        "no_account"
    ]
    assert lacks("uncalled_balance", asked(Stage.EQUIPMENT, half)) == ["balance_uncalled"]


def test_the_last_account_is_there_and_paid() -> None:
    """G4.3a."""
    first, last, released = WORKS.accounts
    owed = replace(WORKS, accounts=(first, replace(last, paid=last.net - 1), released))

    assert lacks("final_account", asked(Stage.LAUNCH, works=replace(WORKS, accounts=(first,)))) == [
        "final_account_missing"
    ]
    assert lacks("final_account", asked(Stage.LAUNCH, works=owed)) == ["final_account_unpaid"]


def test_retention_and_bonds_are_released_to_the_centime() -> None:
    """G4.3b, G4.3c."""
    *works, released = WORKS.accounts
    held = replace(
        WORKS, accounts=(*works, replace(released, gross=69_999_99, net=69_999_99, paid=69_999_99))
    )
    unpaid = replace(WORKS, accounts=(*works, replace(released, paid=0)))
    bond = replace(WORKS, bonds=(replace(WORKS.bonds[0], released_on=TODAY + timedelta(days=1)),))

    (lack,) = MONEY["retention_release"](asked(Stage.LAUNCH, works=held))
    assert lack.details == {"contract": "M-1", "amount": "0.01 MAD"}
    assert lacks("retention_release", asked(Stage.LAUNCH, works=unpaid)) == ["retention_held"]
    assert lacks("bonds_release", asked(Stage.LAUNCH, works=bond)) == ["bond_held"]


def test_each_commitment_is_received_or_released() -> None:
    """G4.4: what was cancelled or written off is no part of the amount any more."""
    short = replace(PLEDGE, tranches=(replace(PLEDGE.tranches[0], received=PLEDGE.amount - 1),))

    (lack,) = MONEY["commitments_settled"](asked(Stage.LAUNCH, short))

    assert (lack.details["partner"], lack.details["amount"]) == (MINISTRY.key, "0.01 MAD")
    assert lacks("commitments_settled", asked(Stage.LAUNCH, replace(short, amount=PLEDGE.amount - 1))) == []


def test_the_gap_is_told_with_its_amount() -> None:
    """G0.6a."""
    dossier = replace(ready(Stage.ADMISSION), foundation_share=Money(1_999_999_99))

    assert verdict(dossier, "G0.6a").lacks == (Lack("gap_open", {"amount": "0.01 MAD"}),)


def test_an_account_of_retention_is_no_works() -> None:
    kinds = {account.kind for account in WORKS.works}

    assert kinds == {CertificateKind.WORK, CertificateKind.FINAL}
    assert WORKS.retention_held == 0
    assert isinstance(WORKS.accounts[0], Account)


def test_a_project_closes_with_no_open_case() -> None:
    """G4.5: each is named with its kind, age and amount, and with whose it is; a paper counts no more."""
    taken_back = OpenCase("1a2b3c4d", CaseKind.DUPLICATE_PAYMENT, -1, "MAD", "sample.finance", TODAY)
    dossier = ready(Stage.LAUNCH)
    assert verdict(dossier, "G4.5").met

    dossier = replace(dossier, books=replace(dossier.books, cases=(taken_back,)))
    dossier = with_proofs(dossier, open_cases=Proof(TODAY, 0))

    (lack,) = verdict(dossier, "G4.5").lacks
    assert (lack.code, dict(lack.details)) == (
        "case_open",
        {
            "case": "1a2b3c4d",
            "case_kind": "duplicate_payment",
            "amount": "0.01 MAD",
            "days": 0,
            "who": "sample.finance",
        },
    )
    assert not verdict(dossier, "G4.5").met


def test_where_nothing_was_reconciled_there_is_nothing_to_go_by() -> None:
    """G4.5."""
    dossier = ready(Stage.LAUNCH)
    dossier = replace(dossier, books=replace(dossier.books, cases=None))

    assert verdict(dossier, "G4.5").met
    (lack,) = verdict(with_proofs(dossier, open_cases=None), "G4.5").lacks
    assert lack.code == "never_reconciled"
