"""Where a project's money stands at the end of a day: what partners owe it, and what it owes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, or_, select, union
from sqlmodel import Session, col

from models.queries.budgets import (
    ON,
    certified_by,
    engaged_by,
    paid_by,
    summed,
    total,
    wanted,
)
from models.queries.projects import find_project
from models.rules.budgets import BudgetChange
from models.rules.money import Money
from models.tables import (
    Allocation,
    BudgetEntry,
    BudgetLine,
    Commitment,
    CommitmentRelease,
    Contract,
    FundingCall,
    Partner,
    Project,
    Receipt,
    Tranche,
)


@dataclass(frozen=True, slots=True)
class Funds:
    """What partners have promised, what was called of it, and what has come.

    `unsigned`: the part of `committed` that nobody has signed. `planned`: the sum of the tranches.
    `allocated`: what of the money received pays a call.
    """

    project: str
    committed: Money
    unsigned: Money
    planned: Money
    called: Money
    received: Money
    allocated: Money

    @property
    def not_yet_due(self) -> Money:
        """What is committed and was not called."""
        return self.committed - self.called

    @property
    def outstanding(self) -> Money:
        """What was called and has not come."""
        return self.called - self.allocated

    @property
    def advance(self) -> Money:
        """What has come and answers no call."""
        return self.received - self.allocated


@dataclass(frozen=True, slots=True)
class PartnerFunds(Funds):
    """The money of one partner for one project."""

    partner: str
    name_ar: str
    name_fr: str
    name_en: str

    def name(self, language: str) -> str:
        """The partner's name in a language of the house."""
        return {"ar": self.name_ar, "fr": self.name_fr}.get(language, self.name_en)


@dataclass(frozen=True, slots=True)
class Position(Funds):
    """One project at the end of a day. Amounts in its currency, all taxes included.

    `certified`: works, with price revision. `net`: what all accounts say is to be paid. `share`: what the
    foundation pays itself. `stated_gap`: the gap as last stated with its plan, whatever the day.
    Source: docs/rules.md, B9 to B11.
    """

    on: date
    sample: bool
    share: Money
    stated_gap: Money | None
    budget: Money
    engaged: Money
    certified: Money
    withheld: Money
    given_back: Money
    advanced: Money
    recovered: Money
    net: Money
    paid: Money

    @property
    def available(self) -> Money:
        """What may still be engaged."""
        return self.budget - self.engaged

    @property
    def retention_held(self) -> Money:
        """What was kept back of accounts and not given back."""
        return self.withheld - self.given_back

    @property
    def advance_to_recover(self) -> Money:
        """What contractors were advanced and have not worked off."""
        return self.advanced - self.recovered

    @property
    def owed(self) -> Money:
        """What accounts say is to be paid and was not."""
        return self.net - self.paid

    @property
    def gap(self) -> Money:
        """What of the budget nobody pays for; below nothing where there is more than the budget."""
        return self.budget - self.committed - self.share


def position(session: Session, project: str, on: date) -> Position:
    """Return where the money of a project stands at the end of a day.

    Raises: UnknownKey.
    """
    return positions(session, on=on, projects=[find_project(session, project).key])[0]


def positions(session: Session, *, on: date, projects: Iterable[str] | None = None) -> tuple[Position, ...]:
    """Return where projects (keys), or all of them, stand at the end of a day, in the order of the keys.

    One statement, and so one moment, however many projects there are.
    Source: docs/rules.md, B9 to B11.
    """
    return tuple(_position(row, on) for row in _rows(session, _ALL, _SOME, on, projects))


def partner_funds(
    session: Session, *, on: date, projects: Iterable[str] | None = None
) -> tuple[PartnerFunds, ...]:
    """Return what each partner has promised and paid for projects (keys), or for all.

    One statement; in the order of the projects and the partners.
    Source: docs/rules.md, B10.
    """
    rows = _rows(session, _PARTNERS, _SOME_PARTNERS, on, projects)
    return tuple(_funds(row) for row in rows)


def _rows(
    session: Session, every: Select[Any], some: Select[Any], on: date, projects: Iterable[str] | None
) -> Iterable[Row[Any]]:
    session.flush()
    connection = session.connection()
    if projects is None:
        return connection.execute(every, {"on": on})
    return connection.execute(some, {"on": on, "keys": list(projects)})


def _position(row: Row[Any], on: date) -> Position:
    key, sample, currency, share, gap, *sums = tuple[Any, ...](row)
    amounts = _named(_AMOUNTS, sums, currency)
    stated = None if gap is None else Money(gap, currency)
    return Position(
        project=key, on=on, sample=sample, share=Money(share or 0, currency), stated_gap=stated, **amounts
    )


def _funds(row: Row[Any]) -> PartnerFunds:
    key, currency, partner, name_ar, name_fr, name_en, *sums = tuple[Any, ...](row)
    amounts = _named(_FUNDS, sums, currency)
    return PartnerFunds(
        project=key, partner=partner, name_ar=name_ar, name_fr=name_fr, name_en=name_en, **amounts
    )


def _named(names: tuple[str, ...], sums: list[int], currency: str) -> dict[str, Any]:
    return {name: Money(amount, currency) for name, amount in zip(names, sums, strict=True)}


_FUNDS = ("committed", "unsigned", "planned", "called", "received", "allocated")
_WORKS = ("certified", "withheld", "given_back", "advanced", "recovered", "net")
_AMOUNTS = (*_FUNDS, "budget", "engaged", *_WORKS, "paid")


def signed_by_then() -> ColumnElement[bool]:
    """A commitment that counts: signed up to the day, or promised and not signed at all."""
    return or_(col(Commitment.signed_on).is_(None), col(Commitment.signed_on) <= ON)


def out_by_then() -> ColumnElement[bool]:
    """A call that counts: gone out up to the day, and not withdrawn by then."""
    standing = or_(col(FundingCall.withdrawn_on).is_(None), col(FundingCall.withdrawn_on) > ON)
    return and_(col(FundingCall.issued_on) <= ON, standing)


def _funds_of(narrowed: bool, by_partner: bool) -> dict[tuple[str, ...], Subquery]:
    """Sum what partners promise and pay, by project, or by project and partner."""
    promise = [Commitment.project_id, Commitment.partner_id][: 1 + by_partner]
    receipt = [Receipt.project_id, Receipt.partner_id][: 1 + by_partner]
    promised = wanted(Commitment.project_id) if narrowed else ()
    came = wanted(Receipt.project_id) if narrowed else ()
    unsigned = case((col(Commitment.signed_on).is_(None), col(Commitment.amount_centimes)), else_=0)
    of_commitment = col(Commitment.id) == col(Tranche.commitment_id)
    of_tranche = col(Tranche.id) == col(FundingCall.tranche_id)
    return {
        ("promised", "unsigned"): _grouped(
            select(
                *_keys(promise), total(Commitment.amount_centimes, "promised"), total(unsigned, "unsigned")
            ).where(signed_by_then(), *promised),
            promise,
        ),
        ("released",): _grouped(
            select(*_keys(promise), total(CommitmentRelease.amount_centimes, "released"))
            .join(Commitment, col(Commitment.id) == col(CommitmentRelease.commitment_id))
            .where(col(CommitmentRelease.decided_on) <= ON, signed_by_then(), *promised),
            promise,
        ),
        ("planned",): _grouped(
            select(*_keys(promise), total(Tranche.amount_centimes, "planned"))
            .join(Commitment, of_commitment)
            .where(signed_by_then(), *promised),
            promise,
        ),
        ("called",): _grouped(
            select(*_keys(promise), total(FundingCall.amount_centimes, "called"))
            .join(Tranche, of_tranche)
            .join(Commitment, of_commitment)
            .where(out_by_then(), *promised),
            promise,
        ),
        ("received",): _grouped(
            select(*_keys(receipt), total(Receipt.amount_centimes, "received")).where(
                col(Receipt.received_on) <= ON, *came
            ),
            receipt,
        ),
        ("allocated",): _grouped(
            select(*_keys(receipt), total(Allocation.amount_centimes, "allocated"))
            .join(Receipt, col(Receipt.id) == col(Allocation.receipt_id))
            .where(col(Allocation.allocated_on) <= ON, *came),
            receipt,
        ),
    }


def _keys(columns: list[Any]) -> list[ColumnElement[Any]]:
    return [col(column).label(name) for column, name in zip(columns, ("of", "partner"), strict=False)]


def _grouped(query: Select[Any], keys: list[Any]) -> Subquery:
    return query.group_by(*(col(key) for key in keys)).subquery()


def _columns(parts: dict[tuple[str, ...], Subquery]) -> list[ColumnElement[int]]:
    """Return the amounts of Funds in their order: what was released is committed no more."""
    found = {name: summed(part, name) for names, part in parts.items() for name in names}
    committed = (found.pop("promised") - found.pop("released")).label("committed")
    return [committed, *found.values()]


def _changed(narrowed: bool) -> Subquery:
    """Sum the revisions of each project: what its budget has become is its first one and these."""
    lines = wanted(BudgetLine.project_id) if narrowed else ()
    return (
        select(col(BudgetLine.project_id).label("of"), total(BudgetEntry.amount_centimes, "revised"))
        .select_from(BudgetEntry)
        .join(BudgetLine, col(BudgetLine.id) == col(BudgetEntry.line_id))
        .where(col(BudgetEntry.change) == BudgetChange.REVISION, col(BudgetEntry.decided_on) <= ON, *lines)
        .group_by(col(BudgetLine.project_id))
        .subquery()
    )


def _statement(narrowed: bool) -> Select[Any]:
    contracts = wanted(Contract.project_id) if narrowed else ()
    funds = _funds_of(narrowed, by_partner=False)
    changed, engaged = _changed(narrowed), engaged_by(Contract.project_id, *contracts)
    certified = certified_by(Contract.project_id, *contracts)
    paid = paid_by(Contract.project_id, *contracts)
    described: list[Any] = [Project.key, Project.sample, Project.currency]
    described += [Project.foundation_share_centimes, Project.gap_centimes]
    query = select(
        *described,
        *_columns(funds),
        (col(Project.budget_centimes) + summed(changed, "revised")).label("budget"),
        summed(engaged, "engaged"),
        *(summed(certified, name) for name in _WORKS),
        summed(paid, "paid"),
    ).select_from(Project)
    for part in (*funds.values(), changed, engaged, certified, paid):
        query = query.outerjoin(part, part.c["of"] == col(Project.id))
    if narrowed:
        query = query.where(*wanted(Project.id))
    return query.order_by(col(Project.key))


def _partner_statement(narrowed: bool) -> Select[Any]:
    parts = _funds_of(narrowed, by_partner=True)
    pairs = union(
        select(*_keys([Commitment.project_id, Commitment.partner_id])),
        select(*_keys([Receipt.project_id, Receipt.partner_id])),
    ).subquery()
    described: list[Any] = [Project.key, Project.currency, Partner.key]
    described += [Partner.name_ar, Partner.name_fr, Partner.name_en]
    query = (
        select(*described, *_columns(parts))
        .select_from(pairs)
        .join(Project, col(Project.id) == pairs.c["of"])
        .join(Partner, col(Partner.id) == pairs.c.partner)
    )
    for part in parts.values():
        query = query.outerjoin(
            part, and_(part.c["of"] == pairs.c["of"], part.c.partner == pairs.c.partner)
        )
    if narrowed:
        query = query.where(*wanted(Project.id))
    return query.order_by(col(Project.key), col(Partner.key))


# Written once: gates and the nightly controls ask them again and again.
_ALL, _SOME = _statement(narrowed=False), _statement(narrowed=True)
_PARTNERS, _SOME_PARTNERS = _partner_statement(narrowed=False), _partner_statement(narrowed=True)
