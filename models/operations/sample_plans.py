"""The plausible books of one sample centre, worked out from a seed: nothing in them is a fact."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from dateutil.relativedelta import relativedelta

from models.rules.accounts import Account, Claim, Standing, advance_due, settle
from models.rules.budgets import Nature
from models.rules.contracts import CertificateKind, ContractKind
from models.rules.marks import BOOKS_MARK
from models.rules.money_rows import (
    AccountRow,
    CallTerms,
    ContractRow,
    FileRow,
    MoneyRows,
    PromiseRow,
    TrancheRow,
)
from models.rules.penalties import Amounts, delay_penalty
from models.rules.stages import Stage
from models.rules.terms import Terms, defaults_on
from models.rules.tranches import Trigger

MARK = BOOKS_MARK
"""What every reference of a sample row begins with."""

BEGUN_DAYS: Mapping[Stage, int] = {
    Stage.STUDY: 120,
    Stage.CONSTRUCTION: 500,
    Stage.EQUIPMENT: 900,
    Stage.LAUNCH: 1150,
    Stage.CLOSED: 1800,
}
"""How long ago the convention of a sample centre at a stage was signed."""

CALL_DAYS, PAYMENT_DAYS = 60, 60
_NOWHERE = FileRow("", 0)
_SATURDAY = 5
_NEVER_WHOLE, _IN_PARTS = 0.05, 0.15
_LATE = 0.3  # of the contracts

_LINES: tuple[tuple[str, Stage, Nature, int], ...] = (
    ("ETUDES", Stage.STUDY, Nature.STUDIES, 6),
    ("SUIVI", Stage.CONSTRUCTION, Nature.SUPERVISION, 4),
    ("TRAVAUX", Stage.CONSTRUCTION, Nature.WORKS, 60),
    ("EQUIPEMENT", Stage.EQUIPMENT, Nature.EQUIPMENT, 20),
    ("LANCEMENT", Stage.LAUNCH, Nature.COMMISSIONING, 4),
    ("IMPREVUS", Stage.CONSTRUCTION, Nature.CONTINGENCY, 6),
)
"""Code, stage, nature and weight of each budget line."""

_TRANCHES: tuple[tuple[int, int, Stage | None], ...] = (
    (3, 30, None),
    (3, 200, Stage.CONSTRUCTION),
    (2, 400, None),
    (2, 650, Stage.EQUIPMENT),
)
"""Weight, days after the signature, and the stage whose entry lets it be called."""

_WORKS: tuple[tuple[str, ContractKind, Stage, int, int], ...] = (
    ("ETUDES", ContractKind.SERVICES, Stage.STUDY, 20, 4),
    ("TRAVAUX", ContractKind.WORKS, Stage.CONSTRUCTION, 210, 14),
    ("EQUIPEMENT", ContractKind.SUPPLY, Stage.EQUIPMENT, 680, 5),
)
"""Line, kind, stage from which it is there, days after the signature, months."""


@dataclass(frozen=True, slots=True)
class SampleCentre:
    """What a sample is worked out for. `missing`: what nobody has promised yet, in centimes.

    `delays`: by how many days each partner pays late, by its key.
    """

    key: str
    stage: Stage
    budget: int
    missing: int
    delays: Mapping[str, int]
    today: date

    @property
    def begun(self) -> date:
        return self.today - timedelta(days=BEGUN_DAYS[self.stage])


@dataclass(frozen=True, slots=True)
class SampleReceipt:
    """Money that came for one call. Unit: centimes."""

    call: str
    partner: str
    amount: int
    on: date
    reference: str


@dataclass(slots=True)
class SamplePlan:
    """The books of one sample centre. Units: centimes."""

    rows: MoneyRows
    lines: Sequence[tuple[str, Stage, Nature, int]]
    receipts: list[SampleReceipt]
    curves: Mapping[str, Sequence[tuple[date, int]]]
    """What each contract is expected to cost, by the first day of a month."""
    payments: list[tuple[str, int, date]] = field(default_factory=list)
    """Reference of an account, amount and day."""
    acceptances: list[tuple[str, date]] = field(default_factory=list)
    """Contracts whose works were accepted, and when."""


def plan_sample(centre: SampleCentre, luck: Random) -> SamplePlan:
    """Work out the books of a centre; the same seed gives the same books.

    Source: docs/rules.md, S8 and S11.
    """
    lines = list(_budget_lines(centre.budget))
    promises = _promises(centre, luck)
    tranches = [row for promise in promises for row in _tranches(centre, promise)]
    receipts = [one for row in tranches for one in _receipts(centre, row, luck)]
    plan = SamplePlan(MoneyRows(tuple(promises), tuple(tranches)), lines, receipts, {})
    contracts: list[ContractRow] = []
    accounts: list[AccountRow] = []
    curves: dict[str, Sequence[tuple[date, int]]] = {}
    for code, kind, stage, days, months in _WORKS:
        if not centre.stage.reaches(stage):
            continue
        amount = next(amount for line, *_, amount in lines if line.endswith(code))
        worth = amount * luck.randint(90, 98) // 100
        late = luck.randint(30, 60) if luck.random() < _LATE else 0
        contract = _contract(centre, code, kind, days, months, worth, late)
        curves[contract.reference] = _curve(contract, months, luck)
        contracts.append(contract)
        accounts += _accounts(centre, contract, curves[contract.reference], plan)
    plan.rows = MoneyRows(plan.rows.promises, plan.rows.tranches, tuple(contracts), tuple(accounts))
    plan.curves = curves
    plan.payments = list(_payments(centre, accounts, luck))
    return plan


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights; what rounding leaves goes to the first ones, a centime each."""
    whole = sum(weights)
    parts = [amount * weight // whole for weight in weights]
    for place in range(amount - sum(parts)):
        parts[place] += 1
    return parts


def weekday(day: date) -> date:
    """Return the day itself, or the Monday after a Saturday or Sunday."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)


def _budget_lines(budget: int) -> Iterator[tuple[str, Stage, Nature, int]]:
    amounts = split(budget, [weight for *_, weight in _LINES])
    for (code, stage, nature, _weight), amount in zip(_LINES, amounts, strict=True):
        yield f"{MARK}-{code}", stage, nature, amount


def _promises(centre: SampleCentre, luck: Random) -> list[PromiseRow]:
    partners = sorted(centre.delays)
    shares = split(centre.missing, [luck.randint(2, 6) for _ in partners])
    signed = weekday(centre.begun)
    return [
        PromiseRow(
            at=_NOWHERE,
            convention=f"{MARK}-CONV-{centre.key}"[:64],
            project=centre.key,
            partner=partner,
            amount=share,
            signed_on=signed,
            title=MARK,
            budget_year=signed.year,
            budget_line=f"{MARK}-{signed.year}",
        )
        for partner, share in zip(partners, shares, strict=True)
        if share
    ]


def _tranches(centre: SampleCentre, promise: PromiseRow) -> Iterator[TrancheRow]:
    amounts = split(promise.amount, [weight for weight, *_ in _TRANCHES])
    planned = [one for one in zip(amounts, _TRANCHES, strict=True) if one[0]]
    for number, (amount, (_weight, days, stage)) in enumerate(planned, start=1):
        expected = weekday(promise.signed_on + timedelta(days=days))
        is_due = expected <= centre.today and (stage is None or centre.stage.reaches(stage))
        yield TrancheRow(
            at=_NOWHERE,
            convention=promise.convention,
            project=promise.project,
            partner=promise.partner,
            number=number,
            amount=amount,
            trigger=Trigger.STAGE if stage else Trigger.DATE,
            expected_on=expected,
            stage=stage,
            call=_call(centre, promise, number, expected) if is_due else None,
        )


def _call(centre: SampleCentre, promise: PromiseRow, number: int, on: date) -> CallTerms:
    place = sorted(centre.delays).index(promise.partner) + 1
    name = f"{MARK}-{centre.key[:16]}-{place:02}{number:02}"
    return CallTerms(name, on, weekday(on + timedelta(days=CALL_DAYS)))


def _receipts(centre: SampleCentre, row: TrancheRow, luck: Random) -> Iterator[SampleReceipt]:
    """Let a partner pay as late as it does; one call in ten in two parts, one in twenty in part only."""
    chance, jitter = luck.random(), luck.randint(-8, 25)
    if row.call is None:
        return
    paid = weekday(row.call.due_on + timedelta(days=centre.delays[row.partner] + jitter))
    first = row.amount if chance > _IN_PARTS else row.amount * 6 // 10
    later = row.amount - first if chance > _NEVER_WHOLE else 0
    for place, amount in enumerate((first, later), start=1):
        on = weekday(paid + timedelta(days=30 * (place - 1)))
        if amount and on <= centre.today:
            yield SampleReceipt(row.call.number, row.partner, amount, on, f"{row.call.number}-R{place}")


def _contract(
    centre: SampleCentre, code: str, kind: ContractKind, days: int, months: int, amount: int, late: int
) -> ContractRow:
    signed = weekday(centre.begun + timedelta(days=days))
    return ContractRow(
        at=_NOWHERE,
        reference=f"{MARK}-{code}-{centre.key}"[:64],
        project=centre.key,
        line=f"{MARK}-{code}",
        kind=kind,
        contractor=f"{MARK} – {code}",
        amount=amount,
        period_days=31 * (months + 1) + 25 - late,
        signed_on=signed,
        start=weekday(signed + timedelta(days=10)),
        subject=MARK,
    )


def _curve(contract: ContractRow, months: int, luck: Random) -> list[tuple[date, int]]:
    """Spread a contract over its months: slow at first and at the end, as works go."""
    first = (contract.start or contract.signed_on).replace(day=1)
    weights = [
        min(month, months + 1 - month, 4) * 10 + luck.randint(0, 8) for month in range(1, months + 1)
    ]
    amounts = split(contract.amount, weights)
    return [(first + relativedelta(months=place), amount) for place, amount in enumerate(amounts, start=1)]


def _accounts(
    centre: SampleCentre, contract: ContractRow, curve: Sequence[tuple[date, int]], plan: SamplePlan
) -> Iterator[AccountRow]:
    """Certify the works of each month gone by; a year after the last account, give the retention back."""
    terms = Terms(**defaults_on(contract.signed_on))
    start = contract.start or contract.signed_on
    given = advance_due(contract.amount, contract.period_days, terms)
    number, dated = 0, weekday(start + timedelta(days=5))
    if given and dated <= centre.today:
        number += 1
        yield _account(contract, number, CertificateKind.ADVANCE, dated, Account(given))
    before = Standing(contract.amount, advance_given=given)
    for place, (month, gross) in enumerate(curve, start=1):
        number, dated = number + 1, weekday(month + timedelta(days=24))
        if dated > centre.today:
            return
        last = place == len(curve)
        late = max(0, (dated - start).days - contract.period_days) if last else 0
        delay = delay_penalty(Amounts(contract.amount), late, terms).due
        found = settle(Claim(gross, delay=delay, last=last), before, terms)
        kind = CertificateKind.FINAL if last else CertificateKind.WORK
        yield _account(contract, number, kind, dated, found)
        before = replace(
            before,
            gross=before.gross + gross,
            retention_held=before.retention_held + found.retention,
            recovered=before.recovered + found.recovered,
            penalty_taken=before.penalty_taken + found.penalty,
        )
    plan.acceptances.append((contract.reference, dated))
    back = weekday(dated + relativedelta(months=terms.guarantee_months))
    if back <= centre.today and before.retention_held:
        held = Account(before.retention_held)
        yield _account(contract, number + 1, CertificateKind.RETENTION, back, held)


def _account(
    contract: ContractRow, number: int, kind: CertificateKind, dated: date, found: Account
) -> AccountRow:
    return AccountRow(
        at=_NOWHERE,
        contract=contract.reference,
        kind=kind,
        order=number,
        number=number,
        dated=dated,
        due_on=weekday(dated + timedelta(days=PAYMENT_DAYS)),
        gross=found.gross,
        net=found.net,
        reference=f"{contract.reference[:59]}-D{number:02}",
        retention=found.retention,
        recovered=found.recovered,
        penalty=found.penalty,
    )


def _payments(
    centre: SampleCentre, accounts: Sequence[AccountRow], luck: Random
) -> Iterator[tuple[str, int, date]]:
    for account in accounts:
        on = weekday(account.dated + timedelta(days=luck.randint(20, 70)))
        if on <= centre.today and account.net > 0:
            yield account.reference, account.net, on
