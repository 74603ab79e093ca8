"""The database's open books, put into arrays for the engine."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from models.queries.open_books import OpenBooks, OpenLine
from models.queries.open_targets import OpenTarget
from models.rules.statement_periods import Period, pages_of, share_days
from models.rules.statements import AccountKind
from reconcile.books import (
    DIRHAM,
    INCOMING,
    OUTGOING,
    UNKNOWN,
    Books,
    Lines,
    Parties,
    Projects,
    Rates,
    Targets,
)

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Made:
    """Books in arrays, and the row of the database behind each place."""

    books: Books
    lines: tuple[OpenLine, ...]
    targets: tuple[OpenTarget, ...]
    party: Mapping[str, int]
    sources: Mapping[UUID, tuple[int, ...]]
    """The exports of each account."""


def in_arrays(books: OpenBooks) -> Made:
    """Return open books as the engine reads them. Lines of an account in another currency stay out."""
    home = {one.id for one in books.accounts if one.currency == DIRHAM}
    lines = tuple(line for line in books.lines if line.account in home)
    targets = tuple(sorted(books.targets, key=lambda one: (not one.is_call, one.id)))
    names, sources = _sources(books)
    parties = tuple(sorted(set(books.parties) | {one.party for one in targets}))
    party = {name: place for place, name in enumerate(parties)}
    projects = sorted(books.projects.items(), key=lambda one: one[0].hex)
    project = {id_: place for place, (id_, _key) in enumerate(projects)}
    codes = {key.casefold(): place for place, (_id, key) in enumerate(projects)}
    made = Books(
        parties=Parties(parties, tuple(tuple(books.parties.get(one, ())) for one in parties)),
        projects=Projects(
            tuple(id_.hex for id_, _key in projects),
            tuple(key for _id, key in projects),
            tuple(books.project_names.get(id_, ()) for id_, _key in projects),
        ),
        targets=_targets(targets, party, project),
        lines=_lines(lines, names, sources, codes),
        rates=_rates(books.rates),
        ledger=frozenset(
            place
            for place, (account, _series) in enumerate(names)
            if any(one.key == account and one.kind is AccountKind.LEDGER for one in books.accounts)
        ),
    )
    exports = {
        one.id: tuple(place for place, (account, _series) in enumerate(names) if account == one.key)
        for one in books.accounts
    }
    return Made(made, lines, targets, party, exports)


def _sources(books: OpenBooks) -> tuple[list[tuple[str, int]], dict[UUID, int]]:
    """Return the exports as the engine tells them apart, and the one of each file.

    Files of an account that overlap are different exports, for the same movement may stand in both; those
    that follow each other are one, for the same twice is two movements there.
    """
    by_account: dict[UUID, list[Period]] = {one.id: [] for one in books.accounts}
    for file in books.files:
        if file.starts_on is not None and file.ends_before is not None:
            days = (file.starts_on, file.ends_before)
            by_account[file.account].append(Period(file.id, "", *days, file.opening, file.closing))
    names: list[tuple[str, int]] = []
    sources: dict[UUID, int] = {}
    for account in books.accounts:
        placed = _series(by_account[account.id])
        sources |= {file: len(names) + place for file, place in placed.items()}
        names += [(account.key, place) for place in range(max(placed.values(), default=0) + 1)]
    return names, sources


def _series(files: Sequence[Period]) -> dict[UUID, int]:
    """Return for each file, by its first day, the first series of which no file shares days with it."""
    pages = pages_of(files)
    latest: list[list[Period]] = []  # of each series, the files that a later one may share days with
    placed: dict[UUID, int] = {}
    for file in files:
        latest = [[one for one in those if one.ends_before > file.starts_on] for those in latest]
        taken = [any(share_days(file, one, pages) for one in those) for those in latest]
        place = taken.index(False) if False in taken else len(latest)
        if place == len(latest):
            latest.append([])
        latest[place].append(file)
        placed[file.file] = place
    return placed


def _targets(
    targets: tuple[OpenTarget, ...], party: Mapping[str, int], project: Mapping[UUID, int]
) -> Targets:
    agreements = {one.agreement: one.agreement_reference for one in targets}
    ids = sorted(agreements)
    agreement = {id_: place for place, id_ in enumerate(ids)}
    return Targets(
        ids=tuple(one.id.hex for one in targets),
        references=tuple(one.reference for one in targets),
        side=_ints(INCOMING if one.is_call else OUTGOING for one in targets),
        agreement=_ints(agreement[one.agreement] for one in targets),
        agreements=tuple(agreements[id_] for id_ in ids),
        party=_ints(party[one.party] for one in targets),
        project=_ints(project[one.project] for one in targets),
        number=_ints(one.number for one in targets),
        dated=_ints(_day(one.dated) for one in targets),
        due=_ints(_day(one.due) for one in targets),
        amount=_ints(one.amount for one in targets),
        currency=tuple(one.currency for one in targets),
    )


def _lines(
    lines: tuple[OpenLine, ...],
    names: list[tuple[str, int]],
    sources: Mapping[UUID, int],
    projects: Mapping[str, int],
) -> Lines:
    return Lines(
        ids=tuple(line.id.hex for line in lines),
        sources=tuple(f"{account} {series}" for account, series in names),
        source=_ints(sources[line.file] for line in lines),
        day=_ints(_day(line.day) for line in lines),
        amount=_ints(line.amount for line in lines),
        original=_ints(abs(line.original) for line in lines),
        original_currency=tuple(line.original_currency for line in lines),
        label=tuple(line.label for line in lines),
        reference=tuple(line.reference for line in lines),
        counterparty=tuple(line.counterparty for line in lines),
        project=_ints(projects.get(line.project_code.casefold(), UNKNOWN) for line in lines),
        operation=tuple(line.operation for line in lines),
        settled=np.array([line.settled for line in lines], bool),
    )


def _rates(rates: Iterable[tuple[str, date, int]]) -> Rates:
    rows: dict[str, list[tuple[int, int]]] = {}
    for currency, day, rate in rates:
        rows.setdefault(currency, []).append((_day(day), rate))
    return Rates(
        {currency: _ints(day for day, _rate in sorted(one)) for currency, one in rows.items()},
        {currency: _ints(rate for _day, rate in sorted(one)) for currency, one in rows.items()},
    )


def _ints(values: Iterable[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array(list(values), np.int64)


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH
