"""What rows of money would do to the books, and everything that speaks against it; nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from models.queries.money_rows import Ground, HeldContract, Pledge
from models.queries.projects import nearest
from models.rules.accounts import advance_due
from models.rules.authority import Action
from models.rules.contractors import contractor_key, other_names
from models.rules.contracts import CertificateKind
from models.rules.money import Money
from models.rules.money_checks import (
    ContractFacts,
    Standing,
    check_accounts,
    check_plan,
    located,
)
from models.rules.money_rows import (
    AccountRow,
    ContractRow,
    FileRow,
    Located,
    MoneyRows,
    Note,
    PromiseRow,
    TrancheRow,
)
from models.rules.terms import Terms, defaults_on
from models.tables import Certificate


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for a whole import. `until`: the first day that may be written to.

    `refuse(action, project)` gives the reason why somebody may not do it there, or None.
    `whole_plans`: the tranches of a promise must come to all of it.
    """

    today: date
    until: date | None
    refuse: Callable[[Action, str], Mapping[str, object] | None]
    whole_plans: bool


@dataclass(slots=True)
class Plan:
    """The rows that are new, how many are there already, and what is wrong."""

    ground: Ground
    conditions: Conditions
    promises: list[PromiseRow] = field(default_factory=list)
    tranches: list[TrancheRow] = field(default_factory=list)
    contracts: list[ContractRow] = field(default_factory=list)
    accounts: list[tuple[AccountRow, int]] = field(default_factory=list)
    """Each with the number it gets."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """Other names of contractors, by the keys of contractor and name."""
    unchanged: Counter[str] = field(default_factory=Counter)
    problems: list[Located] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ahead: int = 0

    def refuse(self, at: FileRow, name: str, code: str, value: object, **details: object) -> None:
        self.problems.append(located(at, name, code, value, **details))

    def check_day(self, at: FileRow, name: str, on: date) -> None:
        """Refuse a day in a closed period; count one that lies ahead."""
        until = self.conditions.until
        if until is not None and on < until:
            self.refuse(at, name, "in_closed_period", on, limit=until)
        self.ahead += on > self.conditions.today

    def check_right(self, at: FileRow, action: Action, project: str) -> None:
        """Refuse what the person may not do for that project."""
        details = self.conditions.refuse(action, project)
        if details is not None:
            self.refuse(at, "project", "import_not_allowed", project, **details)

    def check_project(self, at: FileRow, project: str) -> bool:
        """Refuse a project that is not in the books; tell whether it is."""
        if project in self.ground.projects:
            return True
        near = nearest(project, self.ground.projects)
        self.refuse(at, "project", "unknown_project", project, candidates=near)
        return False


def plan_import(ground: Ground, rows: MoneyRows, conditions: Conditions) -> Plan:
    """Work out what rows would do to the books.

    Source: docs/rules.md, I20 to I27.
    """
    plan = Plan(ground, conditions)
    _plan_promises(plan, rows.promises)
    _plan_tranches(plan, rows)
    _plan_contracts(plan, rows.contracts)
    _plan_accounts(plan, rows)
    if plan.ahead:
        plan.notes.append(Note("dated_ahead", {"count": plan.ahead}))
    return plan


def pledge_of(row: PromiseRow | TrancheRow) -> Pledge:
    """Return what names the promise of a row."""
    return row.project, row.partner, row.convention


def _plan_promises(plan: Plan, rows: Sequence[PromiseRow]) -> None:
    first: dict[Pledge, PromiseRow] = {}
    signed: dict[str, PromiseRow] = {}
    for row in rows:
        before = first.setdefault(pledge_of(row), row)
        if before is not row:
            plan.refuse(row.at, "reference", "duplicate_key", row.convention, first_row=before.at.row)
            continue
        if not plan.check_project(row.at, row.project):
            continue
        together = signed.setdefault(row.convention, row)
        if together.signed_on != row.signed_on:
            limit, place = together.signed_on, together.at.row
            plan.refuse(row.at, "signed_on", "not_as_in_row", row.signed_on, limit=limit, first_row=place)
        _plan_promise(plan, row)


def _plan_promise(plan: Plan, row: PromiseRow) -> None:
    ground, project = plan.ground, plan.ground.projects[row.project]
    plan.check_right(row.at, Action.KEEP_CONVENTIONS, row.project)
    if project.currency != "MAD":
        plan.refuse(row.at, "currency", "other_currency", project.currency)
    if ground.parts.get((row.project, row.partner)) is False:
        plan.refuse(row.at, "partners", "partner_left_out", row.partner)
    held = ground.promises.get(pledge_of(row))
    if held is None:
        known = ground.conventions.get(row.convention)
        if known is not None and known[1] not in (None, row.signed_on):
            plan.refuse(row.at, "signed_on", "in_the_books_otherwise", row.signed_on, before=known[1])
        plan.check_day(row.at, "signed_on", row.signed_on)
        plan.promises.append(row)
        return
    values = {"amount": row.amount, "in_kind": row.in_kind, "signed_on": row.signed_on}
    if row.budget_year is not None:
        values["budget_year"] = row.budget_year
    _compare(plan, "promises", row.at, values, held.terms)


def _compare(
    plan: Plan, noun: str, at: FileRow, values: Mapping[str, object], held: Mapping[str, object]
) -> None:
    """Refuse a row whose terms are not those in the books, or count it as there already."""
    differing = [name for name, value in values.items() if held[name] != value]
    for name in differing:
        shown, before = (_shown(name, terms[name]) for terms in (values, held))
        plan.refuse(at, name, "in_the_books_otherwise", shown, before=before)
    if not differing:
        plan.unchanged[noun] += 1


_AMOUNTS = ("amount", "gross", "net", "retention", "recovered", "penalty", "revision", "vat_withheld")


def _shown(name: str, value: object) -> object:
    return Money(value) if name in _AMOUNTS and isinstance(value, int) else value


def _plan_tranches(plan: Plan, rows: MoneyRows) -> None:
    promised = {pledge_of(row): row for row in rows.promises}
    plans: dict[Pledge, list[TrancheRow]] = defaultdict(list)
    first: dict[tuple[Pledge, int], int] = {}
    calls: dict[str, int] = {}
    for row in rows.tranches:
        pledge = pledge_of(row)
        if pledge not in promised and pledge not in plan.ground.promises:
            plan.refuse(row.at, "reference", "no_such_promise", row.convention)
            continue
        place = first.setdefault((pledge, row.number), row.at.row)
        if place != row.at.row:
            plan.refuse(row.at, "number", "duplicate_key", row.number, first_row=place)
            continue
        if row.call and (place := calls.setdefault(row.call.number, row.at.row)) != row.at.row:
            plan.refuse(row.at, "call", "duplicate_key", row.call.number, first_row=place)
        _plan_tranche(plan, row, plans[pledge])
    for pledge, new in plans.items():
        _check_plan(plan, pledge, promised.get(pledge), new)


def _plan_tranche(plan: Plan, row: TrancheRow, new: list[TrancheRow]) -> None:
    held = plan.ground.tranches.get(pledge_of(row), {}).get(row.number)
    if held is not None:
        values: dict[str, object] = {"amount": row.amount, "expected_on": row.expected_on}
        values |= {"trigger": row.trigger} | ({"call": row.call.number} if row.call else {})
        known = {name: getattr(held, name) for name in values}
        _compare(plan, "tranches", row.at, values, known)
        return
    plan.check_right(row.at, Action.KEEP_CONVENTIONS, row.project)
    new.append(row)
    plan.tranches.append(row)
    if row.call is None:
        return
    plan.check_right(row.at, Action.CALL_FUNDS, row.project)
    plan.check_day(row.at, "call_date", row.call.issued_on)
    if row.call.due_on < row.call.issued_on:
        plan.refuse(row.at, "due_on", "due_before_date", row.call.due_on, limit=row.call.issued_on)
    if row.call.number in plan.ground.calls:
        plan.refuse(row.at, "call", "taken", row.call.number)


def _check_plan(plan: Plan, pledge: Pledge, promise: PromiseRow | None, new: list[TrancheRow]) -> None:
    held = plan.ground.promises.get(pledge)
    amount = int(str(held.terms["amount"])) - held.released if held else promise.amount if promise else 0
    planned = sum(tranche.amount for tranche in plan.ground.tranches.get(pledge, {}).values())
    whole = plan.conditions.whole_plans
    plan.problems += check_plan(pledge[2], amount, planned, new, whole=whole)
    missing = amount - planned - sum(row.amount for row in new)
    if new and missing > 0 and not whole:
        plan.notes.append(Note("plan_short", {"convention": pledge[2], "missing": Money(missing)}))


def _plan_contracts(plan: Plan, rows: Sequence[ContractRow]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        place = first.setdefault(row.reference, row.at.row)
        if place != row.at.row:
            plan.refuse(row.at, "reference", "duplicate_key", row.reference, first_row=place)
        elif plan.check_project(row.at, row.project):
            _plan_contract(plan, row)
    _plan_names(plan, rows)


def _plan_names(plan: Plan, rows: Sequence[ContractRow]) -> None:
    """Take other names of contractors; what is another contractor's own name, it does not become (N9)."""
    own = plan.ground.contractors | {contractor_key(row.contractor) for row in rows}
    said: dict[tuple[str, str], tuple[str, ContractRow]] = {}
    for row in rows:
        contractor = contractor_key(row.contractor)
        if contractor == _contractor_in_books(plan, row):
            for name in other_names(row.contractor, row.names):
                said.setdefault((contractor, contractor_key(name)), (name, row))
    known = said.keys() & plan.ground.names
    taken = {place for place in said.keys() - known if place[1] in own}
    for place, (name, row) in said.items():
        if place not in known | taken:
            plan.names[place] = name
            plan.check_right(row.at, Action.KEEP_CONTRACTS, row.project)
    if known:
        plan.unchanged["names"] = len(known)
    if taken:
        plan.notes.append(Note("names_of_others", {"count": len(taken)}))


def _contractor_in_books(plan: Plan, row: ContractRow) -> str:
    held = plan.ground.contracts.get(row.reference)
    return contractor_key(str(held.terms["contractor"]) if held else row.contractor)


def _plan_contract(plan: Plan, row: ContractRow) -> None:
    held = plan.ground.contracts.get(row.reference)
    if held is not None:
        values = {name: getattr(row, name) for name in ("project", "kind", "amount", "signed_on")}
        _compare(plan, "contracts", row.at, values, held.terms)
        return
    plan.check_right(row.at, Action.KEEP_CONTRACTS, row.project)
    plan.check_day(row.at, "signed_on", row.signed_on)
    if row.start is not None and row.start < row.signed_on:
        plan.refuse(row.at, "start", "before_signing", row.start, limit=row.signed_on)
    line = plan.ground.lines.get((row.project, row.line))
    if line is None:
        codes = [code for project, code in plan.ground.lines if project == row.project]
        plan.refuse(row.at, "budget_line", "unknown_line", row.line, candidates=nearest(row.line, codes))
        return
    line.engaged += row.amount
    if line.engaged > line.budget:
        over, limit = Money(line.engaged - line.budget), Money(line.budget)
        plan.refuse(row.at, "amount", "over_line", row.line, over=over, limit=limit)
    plan.contracts.append(row)


def _plan_accounts(plan: Plan, rows: MoneyRows) -> None:
    contracts = {row.reference: row for row in rows.contracts}
    groups: dict[str, list[AccountRow]] = defaultdict(list)
    for row in rows.accounts:
        if row.contract in contracts or row.contract in plan.ground.contracts:
            groups[row.contract].append(row)
        else:
            near = nearest(row.contract, [*contracts, *plan.ground.contracts])
            plan.refuse(row.at, "contract", "unknown_contract", row.contract, candidates=near)
    for reference, group in groups.items():
        held = plan.ground.contracts.get(reference)
        facts = _facts_of(held, reference) if held else _facts_in(contracts[reference])
        project = str(held.terms["project"]) if held else contracts[reference].project
        _plan_group(plan, facts, project, group)


def _facts_of(held: HeldContract, reference: str) -> ContractFacts:
    terms = Terms(**{**defaults_on(held.signed_on), **held.figures})
    advance = advance_due(held.initial, held.period_days, terms)
    return ContractFacts(
        reference,
        held.amount,
        held.start or held.signed_on,
        terms.retention,
        terms.retention_cap,
        advance,
        terms.vat,
    )


def _facts_in(row: ContractRow) -> ContractFacts:
    terms = Terms(**{**defaults_on(row.signed_on), **row.terms})
    advance = advance_due(row.amount, row.period_days, terms)
    start = row.start or row.signed_on
    return ContractFacts(
        row.reference, row.amount, start, terms.retention, terms.retention_cap, advance, terms.vat
    )


def _plan_group(plan: Plan, facts: ContractFacts, project: str, group: list[AccountRow]) -> None:
    held = plan.ground.accounts.get(facts.reference, ())
    by_reference = {account.reference: account for account in held if account.reference}
    by_number = {account.number: account for account in held}
    new: list[AccountRow] = []
    first: dict[object, int] = {}
    for row in group:
        key = row.reference or row.number
        place = first.setdefault(key, row.at.row)
        known = by_reference.get(row.reference) or by_number.get(row.number or 0)
        if place != row.at.row:
            plan.refuse(row.at, "reference", "duplicate_key", key, first_row=place)
        elif known is not None:
            _compare(plan, "accounts", row.at, _terms_of(row), _held_terms(known))
        else:
            new.append(row)
    standing = Standing()
    for account in held:
        _count(standing, account)
    plan.problems += check_accounts(facts, standing, new)
    rated = [replace(row, vat=facts.vat_in(row)) for row in new]
    _number(plan, project, rated, max(by_number, default=0))


def _number(plan: Plan, project: str, new: list[AccountRow], last: int) -> None:
    for row in sorted(new, key=lambda row: (row.number or 0, row.dated, row.order)):
        plan.check_right(row.at, Action.CERTIFY_ACCOUNT, project)
        plan.check_day(row.at, "dated", row.dated)
        last = row.number or last + 1
        plan.accounts.append((row, last))


_TERMS = ("kind", "dated", "due_on", "gross", "retention", "recovered", "penalty", "revision", "net")


def _terms_of(row: AccountRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in _TERMS}


def _held_terms(held: Certificate) -> dict[str, object]:
    return {name: getattr(held, f"{name}_centimes" if name in _AMOUNTS else name) for name in _TERMS}


def _count(standing: Standing, account: Certificate) -> None:
    """Count in an account of the books."""
    if account.kind is CertificateKind.ADVANCE:
        standing.advanced += account.gross_centimes
    elif account.kind is CertificateKind.RETENTION:
        standing.released += account.gross_centimes
    else:
        standing.works += account.gross_centimes
        standing.last = max(standing.last or account.dated, account.dated)
    standing.retained += account.retention_centimes
    standing.recovered += account.recovered_centimes
