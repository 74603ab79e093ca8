"""What the gates ask of the books: each question is answered with all that is missing, or nothing.

Every number of a rule stands in docs/rules.md; the questions' names are those that the gates use.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from models.rules.accounts import Standing, retention_of
from models.rules.contracts import CertificateKind, SecurityKind
from models.rules.dossier import Dossier
from models.rules.lacks import Lack, lack
from models.rules.money import Money
from models.rules.money_facts import (
    WORKS_ACCOUNTS,
    ContractFacts,
    Instalment,
    Pledge,
    shortfalls,
    unplanned,
)
from models.rules.payment_curve import Shortfall
from models.rules.penalties import delay_penalty, over_limits
from models.rules.tranches import Trigger

Question = Callable[[Dossier], Iterator[Lack]]

CALL_AGE_LIMIT = 90
"""Days overdue after which an open call is too old: the last step of the reminders."""


def _money(dossier: Dossier, centimes: int) -> Money:
    return Money(centimes, dossier.budget.currency if dossier.budget else "MAD")


def _no_promise(dossier: Dossier) -> Iterator[Lack]:
    if not dossier.books.signed:
        yield lack("no_commitment")


def _no_works(dossier: Dossier) -> Iterator[Lack]:
    if not dossier.books.works:
        yield lack("no_works_contract")


def _first_tranches_received(dossier: Dossier) -> Iterator[Lack]:
    """The first tranche of each commitment in money has come whole."""
    yield from _no_promise(dossier)
    for pledge in dossier.books.in_money:
        tranches = sorted((t for t in pledge.tranches if t.amount), key=lambda tranche: tranche.number)
        if not tranches:
            yield lack("tranches_unplanned", pledge.payer, amount=_money(dossier, pledge.amount))
            continue
        first = tranches[0]
        missing = min(first.amount, pledge.amount) - first.received
        if missing > 0:
            yield _missing(dossier, "first_tranche_missing", pledge, first, missing)


def _missing(dossier: Dossier, code: str, pledge: Pledge, tranche: Instalment, amount: int) -> Lack:
    amount_missing = _money(dossier, amount)
    return lack(code, pledge.payer, tranche=tranche.number, amount=amount_missing, on=tranche.awaited_on)


def _payment_curve_covered(dossier: Dossier) -> Iterator[Lack]:
    """Each contract is planned whole, and money is there before each payment."""
    yield from _no_works(dossier)
    for reference, amount in unplanned(dossier.books):
        yield lack("payments_unplanned", contract=reference, amount=_money(dossier, amount))
    share = dossier.foundation_share.centimes if dossier.foundation_share else 0
    for hole in shortfalls(dossier.books, share, dossier.today):
        yield _shortfall(dossier, hole)


def _shortfall(dossier: Dossier, hole: Shortfall) -> Lack:
    month, amount, source = f"{hole.month:%Y-%m}", _money(dossier, hole.missing), hole.source
    if source is None:
        return lack("curve_short_unpromised", month=month, amount=amount)
    code = "curve_short_late" if source.on < dossier.today else "curve_short"
    return lack(code, source.payer, month=month, amount=amount, tranche=source.tranche, on=source.on)


def _accounts_up_to_date(dossier: Dossier) -> Iterator[Lack]:
    """Works are certified to within a month of the last measured progress; nothing certified is overdue."""
    yield from _no_works(dossier)
    progress = dossier.proofs.get("physical_progress")
    for contract in dossier.books.works:
        if not contract.works:
            yield lack("no_account", contract=contract.reference)
            continue
        last = contract.works[-1]
        if progress and progress.on > last.dated + relativedelta(months=1) and not _is_final(contract):
            yield lack("account_behind", contract=contract.reference, last=last.dated, on=progress.on)
        yield from _overdue(dossier, contract)


def _overdue(dossier: Dossier, contract: ContractFacts) -> Iterator[Lack]:
    for account in contract.accounts:
        owed = account.net - account.paid
        if owed > 0 and account.due_on < dossier.today:
            yield lack(
                "account_unpaid",
                contract=contract.reference,
                number=account.number,
                amount=_money(dossier, owed),
                due=account.due_on,
            )


def _is_final(contract: ContractFacts) -> bool:
    return any(account.kind is CertificateKind.FINAL for account in contract.works)


def _retention_right(dossier: Dossier) -> Iterator[Lack]:
    """What was retained is what the contract says, to a centime for each account: each is rounded.

    An account and a bond of one day: either may have been there first.
    """
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        taken = sum(account.retention for account in contract.works)
        readings = [_retained(contract, bond_first=first) for first in (True, False)]
        right = min(readings, key=lambda sum_: abs(sum_ - taken))
        if abs(right - taken) > len(contract.works):
            yield lack(
                "retention_wrong",
                contract=contract.reference,
                amount=_money(dossier, taken),
                right=_money(dossier, right),
            )


def _retained(contract: ContractFacts, *, bond_first: bool) -> int:
    """Return what the accounts of a contract should have retained between them, by W17."""
    held = right = 0
    for account in contract.accounts:
        if account.kind is CertificateKind.RETENTION:
            held -= account.gross  # what was given back may be retained again when its bond goes
        if account.kind not in WORKS_ACCOUNTS:
            continue
        bonds = sum(
            bond.amount
            for bond in contract.bonds
            if bond.kind is SecurityKind.RETENTION
            and bond.lodged_on <= (account.dated if bond_first else account.dated - timedelta(days=1))
            and (bond.released_on is None or bond.released_on > account.dated)
        )
        amount = contract.amounts(account.dated).total
        before = Standing(amount, retention_held=held, retention_bonds=bonds)
        part = retention_of(account.gross + account.revision, before, contract.terms(account.dated))
        held, right = held + part, right + part
    return right


def _penalties_decided(dossier: Dossier) -> Iterator[Lack]:
    """The last account has taken the penalty for the delay that there was on its day."""
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        last = contract.works[-1].dated if contract.works else dossier.today
        yield from _penalty_open(dossier, contract, last)


def _penalties_settled(dossier: Dossier) -> Iterator[Lack]:
    """The accounts have taken the whole penalty for delay."""
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        yield from _penalty_open(dossier, contract, dossier.today)


def _penalty_open(dossier: Dossier, contract: ContractFacts, day: date) -> Iterator[Lack]:
    late = contract.clock.days_late(day, contract.provisional_on)
    if not late:
        return
    due = delay_penalty(contract.amounts(day), late, contract.terms(day)).due
    left = due - sum(account.delay_penalty for account in contract.accounts)
    if left > 0:
        amount = _money(dossier, left)
        yield lack("penalty_open", contract=contract.reference, amount=amount, days=late)


def _extra_works_within(dossier: Dossier) -> Iterator[Lack]:
    """Extra works, and increase and decrease in mass, stay within the limits of W16."""
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        over = over_limits(contract.amounts(dossier.today), contract.terms(dossier.today))
        for name, excess in over.items():
            yield lack(f"{name}_over", contract=contract.reference, amount=_money(dossier, excess))


def _works_covered(dossier: Dossier) -> Iterator[Lack]:
    """No more works are certified than the contract and its amendments say."""
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        over = sum(account.gross for account in contract.works) - contract.engaged
        if over > 0:
            yield lack("works_not_amended", contract=contract.reference, amount=_money(dossier, over))


def _stage_tranches_called(dossier: Dossier) -> Iterator[Lack]:
    """What may be called is called, and no call stays open for long."""
    yield from _no_promise(dossier)
    for pledge in dossier.books.in_money:
        for tranche in pledge.tranches:
            if tranche.amount > tranche.called and _has_come(dossier, tranche):
                amount = tranche.amount - tranche.called
                yield _missing(dossier, "tranche_not_called", pledge, tranche, amount)
            yield from _too_old(dossier, pledge, tranche)


def _has_come(dossier: Dossier, tranche: Instalment) -> bool:
    if tranche.trigger is Trigger.STAGE:
        return tranche.stage is not None and dossier.stage.reaches(tranche.stage)
    return tranche.trigger is Trigger.DATE and tranche.expected_on <= dossier.today


def _too_old(dossier: Dossier, pledge: Pledge, tranche: Instalment) -> Iterator[Lack]:
    owed, due = tranche.called - tranche.received, tranche.due_on
    if owed > 0 and due is not None and dossier.today > due + timedelta(CALL_AGE_LIMIT):
        yield lack(
            "call_too_old",
            pledge.payer,
            tranche=tranche.number,
            amount=_money(dossier, owed),
            due=due,
            days=(dossier.today - due).days,
        )


def _position_known(dossier: Dossier) -> Iterator[Lack]:
    """What is committed is planned, and works are certified: committed, paid and owed can be told."""
    yield from _no_promise(dossier)
    yield from _no_works(dossier)
    for pledge in dossier.books.in_money:
        unplanned = pledge.amount - sum(tranche.amount for tranche in pledge.tranches)
        if unplanned > 0:
            yield lack("tranches_unplanned", pledge.payer, amount=_money(dossier, unplanned))
    for contract in dossier.books.works:
        if not contract.works:
            yield lack("no_account", contract=contract.reference)


def _balance_called(dossier: Dossier) -> Iterator[Lack]:
    """Nothing is left to call."""
    yield from _no_promise(dossier)
    for pledge in dossier.books.in_money:
        if pledge.amount > pledge.called:
            amount = _money(dossier, pledge.amount - pledge.called)
            yield lack("balance_uncalled", pledge.payer, amount=amount)


def _final_account_signed(dossier: Dossier) -> Iterator[Lack]:
    """Each works contract has its last account, and nothing of it is owed."""
    yield from _no_works(dossier)
    for contract in dossier.books.works:
        if not _is_final(contract):
            yield lack("final_account_missing", contract=contract.reference)
        owed = sum(a.net - a.paid for a in contract.accounts if a.kind is CertificateKind.FINAL)
        if owed > 0:
            amount = _money(dossier, owed)
            yield lack("final_account_unpaid", contract=contract.reference, amount=amount)


def _retention_released(dossier: Dossier) -> Iterator[Lack]:
    """What was retained is given back, and paid."""
    yield from _no_works(dossier)
    for contract in dossier.books.contracts:
        owed = sum(a.net - a.paid for a in contract.accounts if a.kind is CertificateKind.RETENTION)
        held = contract.retention_held + max(owed, 0)
        if held > 0:
            yield lack("retention_held", contract=contract.reference, amount=_money(dossier, held))


def _bonds_released(dossier: Dossier) -> Iterator[Lack]:
    """No security is held any more."""
    yield from _no_works(dossier)
    for contract in dossier.books.contracts:
        for bond in contract.bonds:
            if bond.released_on is None or bond.released_on > dossier.today:
                yield lack(
                    "bond_held",
                    contract=contract.reference,
                    security=bond.kind.value,
                    amount=_money(dossier, bond.amount),
                )


def _commitments_settled(dossier: Dossier) -> Iterator[Lack]:
    """Each commitment in money is received, or what did not come was cancelled or written off."""
    yield from _no_promise(dossier)
    for pledge in dossier.books.in_money:
        if pledge.amount > pledge.received:
            amount = _money(dossier, pledge.amount - pledge.received)
            yield lack("commitment_open", pledge.payer, amount=amount)


def _reconciliation_clear(dossier: Dossier) -> Iterator[Lack]:
    """No case that touches the project is open."""
    if dossier.books.cases is None:
        yield lack("never_reconciled")
        return
    for case in dossier.books.cases:
        yield lack(
            "case_open",
            case=case.name,
            case_kind=case.kind.value,
            amount=Money(abs(case.amount), case.currency),
            days=(dossier.today - case.opened_on).days,
            who=case.who,
        )


MONEY: Mapping[str, Question] = {
    "first_tranches_received": _first_tranches_received,
    "payment_curve_covered": _payment_curve_covered,
    "last_account_settled": _accounts_up_to_date,
    "retention_checked": _retention_right,
    "penalties_decided": _penalties_decided,
    "penalties_settled": _penalties_settled,
    "extra_works_share": _extra_works_within,
    "extra_works_covered": _works_covered,
    "stage_tranche_called": _stage_tranches_called,
    "financial_statement": _position_known,
    "uncalled_balance": _balance_called,
    "final_account": _final_account_signed,
    "retention_release": _retention_released,
    "bonds_release": _bonds_released,
    "commitments_settled": _commitments_settled,
    "reconciliation_clear": _reconciliation_clear,
}
