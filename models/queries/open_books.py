"""What a run looks at: open lines, what is owed still, and who may be meant; each in one statement.

Rows come as tuples in a fixed order: they are many, and what they say is hashed.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from models.queries.contractors import other_names_by_contractor
from models.queries.open_rows import AccountFacts, FileFacts, OpenBooks, OpenLesson, OpenLine
from models.queries.open_targets import read_open_targets
from models.rules.contractors import contractor_key
from models.rules.lessons import ENOUGH, LessonKind, LessonSource
from models.rules.rates import DayRate, rates_that_count
from models.rules.statements import AccountKind, LineState
from models.tables import (
    Contract,
    ExchangeRate,
    ForeignAmount,
    Lesson,
    Partner,
    PartnerAlias,
    Project,
    StatementAccount,
    StatementFile,
    StatementLine,
)
from models.tables.columns import table_of


def read_open_books(
    session: Session, *, settled_days: int, among: Collection[UUID] | None = None
) -> OpenBooks:
    """Return what is open now; of settled lines those that an open one may repeat, take back or move.

    `settled_days`: how long before the first open line they are looked for. `among`: nothing else is taken
    for open, however open it is: what came since whoever asks has read.
    Source: docs/rules.md, R2.
    """
    session.flush()
    accounts = read_accounts(session)
    return OpenBooks(
        accounts=accounts,
        files=_files(session),
        lines=_lines(session, accounts, settled_days, among),
        targets=read_open_targets(session, among),
        parties=_parties(session),
        partners={row.id.hex: row.key for row in _all(session, select(col(Partner.id), col(Partner.key)))},
        projects={row.id: row.key for row in _all(session, select(col(Project.id), col(Project.key)))},
        project_names=_project_names(session),
        rates=_rates(session),
        lessons=_lessons(session),
    )


def read_accounts(session: Session) -> tuple[AccountFacts, ...]:
    """Return every account, in the order of their keys."""
    rows = _all(session, select(table_of(StatementAccount)).order_by(col(StatementAccount.key)))
    return tuple(
        AccountFacts(row.id, row.key, row.kind, row.currency, row.number or row.key) for row in rows
    )


def _all(session: Session, query: Any) -> Any:
    return session.connection().execute(query)


def _files(session: Session) -> tuple[FileFacts, ...]:
    columns: list[Any] = [StatementFile.id, StatementFile.account_id]
    columns += [StatementFile.starts_on, StatementFile.ends_before]
    columns += [StatementFile.opening_centimes, StatementFile.closing_centimes]
    query = select(*columns).order_by(col(StatementFile.starts_on), col(StatementFile.id))
    return tuple(FileFacts(*row) for row in _all(session, query))


_LINE: list[Any] = [
    *(StatementLine.id, StatementLine.file_id, StatementLine.account_id, StatementLine.day),
    *(StatementLine.amount_centimes, func.coalesce(col(StatementLine.original_centimes), 0)),
    *(StatementLine.original_currency, StatementLine.label, StatementLine.reference),
    *(StatementLine.counterparty, StatementLine.project_code, StatementLine.operation),
]


def _lines(
    session: Session, accounts: tuple[AccountFacts, ...], settled_days: int, among: Collection[UUID] | None
) -> tuple[OpenLine, ...]:
    """Lines of a ledger are read as far back as settled ones: they pay nothing, and never settle."""
    banks = [one.id for one in accounts if one.kind is AccountKind.BANK]
    is_open = and_(col(StatementLine.state) == LineState.OPEN, col(StatementLine.account_id).in_(banks))
    first = _all(session, select(func.min(col(StatementLine.day))).where(is_open)).scalar()
    if first is None:
        return ()
    since = first - timedelta(days=settled_days)
    rows = [_line((*row, False)) for row in _all(session, select(*_LINE).where(is_open))]
    amount = col(StatementLine.amount_centimes)
    open_amounts = select(amount).where(is_open)
    near = and_(col(StatementLine.day) >= since, or_(amount.in_(open_amounts), (-amount).in_(open_amounts)))
    settled = and_(col(StatementLine.account_id).in_(banks), col(StatementLine.state).in_(_SETTLED))
    rows += [_line((*row, True)) for row in _all(session, select(*_LINE).where(settled, near))]
    ledgers = [one.id for one in accounts if one.kind is AccountKind.LEDGER]
    for state in (LineState.OPEN, LineState.CORRECTION):
        of_ledger = and_(
            col(StatementLine.state) == state,
            col(StatementLine.day) >= since,
            col(StatementLine.account_id).in_(ledgers),
        )
        is_known = state is LineState.CORRECTION
        rows += [_line((*row, is_known)) for row in _all(session, select(*_LINE).where(of_ledger))]
    known = (line for line in rows if line.settled or among is None or line.id in among)
    return tuple(sorted(known, key=lambda line: line.id))


def _line(values: tuple[Any, ...]) -> OpenLine:
    return OpenLine(*values)


_SETTLED = (LineState.SETTLED, LineState.REVERSAL)
"""What an open line may repeat, take back or move: money that is booked, or was taken back."""


_RATES = (
    select(col(ForeignAmount.currency), col(ForeignAmount.rate_on), func.max(col(ForeignAmount.rate)))
    .group_by(col(ForeignAmount.currency), col(ForeignAmount.rate_on))
    .order_by(col(ForeignAmount.currency), col(ForeignAmount.rate_on))
)


_ENTERED = select(col(ExchangeRate.currency), col(ExchangeRate.day), col(ExchangeRate.rate))


def _rates(session: Session) -> tuple[DayRate, ...]:
    """Return what finance entered, and of promises the rates of days before."""
    entered, promised = (_all(session, query) for query in (_ENTERED, _RATES))
    return rates_that_count(map(tuple, entered), map(tuple, promised))


def _parties(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the spellings of each party; a partner's that fits several bodies speaks for none.

    Of contractors such a one speaks for each alike: what else a line says tells them apart.
    """
    names: dict[str, dict[str, None]] = {}
    columns: list[Any] = [Partner.id, Partner.name_fr, Partner.name_ar, Partner.name_en]
    for id_, *spellings in _all(session, select(*columns).order_by(col(Partner.id))):
        names[id_.hex] = dict.fromkeys(spellings)
    aliases = select(col(PartnerAlias.partner_id), col(PartnerAlias.spelling)).where(
        col(PartnerAlias.qualified)
    )
    for id_, spelling in _all(session, aliases.order_by(col(PartnerAlias.spelling))):
        names[id_.hex][spelling] = None
    others = other_names_by_contractor(session)
    for (contractor,) in _all(session, select(col(Contract.contractor)).distinct()):
        mine = names.setdefault(contractor, {})
        mine[contractor] = None
        mine |= dict.fromkeys(others.get(contractor_key(contractor), ()))
    return {party: tuple(names[party]) for party in sorted(names)}


def _project_names(session: Session) -> dict[UUID, tuple[str, ...]]:
    columns: list[Any] = [Project.id, Project.name_ar, Project.name_fr, Project.name_en]
    columns += [Project.site_ar, Project.site_fr]
    rows = _all(session, select(*columns).order_by(col(Project.id)))
    return {id_: tuple(dict.fromkeys(filter(None, names))) for id_, *names in rows}


def _lessons(session: Session) -> tuple[OpenLesson, ...]:
    """Return what is in use, and what was forgotten and not taught by a person again."""
    forgotten = col(Lesson.forgotten_at).is_not(None)
    columns: list[Any] = [Lesson.account_id, Lesson.partner_id, Lesson.contractor, Lesson.value]
    columns += [Lesson.kind, Lesson.times, Lesson.source, forgotten, Lesson.fingerprint]
    query = select(*columns).order_by(col(Lesson.fingerprint), col(Lesson.forgotten_at).is_not(None))
    found: dict[str, OpenLesson] = {}
    for account, partner, contractor, value, kind, seen, source, gone, fingerprint in _all(session, query):
        party = partner.hex if partner is not None else contractor
        taught = source is LessonSource.PERSON and kind is LessonKind.REFERENCE
        times = 0 if gone else max(seen, ENOUGH) if taught else seen
        found.setdefault(fingerprint, OpenLesson(account, party, kind, value, times))
    return tuple(found.values())
