"""Books kept elsewhere, handed in as a folder of files: docs/imports.md says what stands in each column."""

import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path

from intake.book_files import (
    COLUMNS,
    CONVENTIONS,
    LONGEST_ID,
    PARTNERS,
    PROJECTS,
    RATES,
    TRANCHES,
    Reading,
    key_of,
    same,
)
from intake.ledgers import Line, wrong
from intake.money_contracts import read_contracts_and_accounts
from intake.values import shown
from intake.vocabulary import vocabulary
from models.places import find_province
from models.rules.books import BookLine, BookParty, BookProject, Books
from models.rules.budgets import Nature
from models.rules.contracts import ContractKind
from models.rules.kinds import Sector
from models.rules.money_rows import CallTerms, Foreign, MoneyRows, PromiseRow, TrancheRow
from models.rules.names import fold
from models.rules.partners import PARTNER_TYPES
from models.rules.projects import check_key
from models.rules.stages import Stage
from models.rules.tranches import Trigger

RATE_DAYS = 7
"""How old a rate may be on the day it is used (I23)."""

RATE_UNIT = 10_000
_WORDS = Path(__file__).with_name("money.toml")


def read_books(folder: Path, *, progress: Callable[[int], None] | None = None) -> Books:
    """Read a folder of books; everything that is wrong with its rows comes back as a list.

    `progress` is told how many rows went by. Rows that cannot be read are not among the rows.
    Raises: FileRefused when one of the files is missing, or is no table of the kind.
    Source: docs/rules.md, I20 to I23.
    """
    reading = Reading(folder, progress)
    reading.projects = {
        key: project
        for key, line in reading.keyed(reading.lines(PROJECTS, *_PROJECT_COLUMNS), "project_id").items()
        if (project := _project(line))
    }
    reading.parties = {
        key: party
        for key, line in reading.keyed(reading.lines(PARTNERS, *_PARTY_COLUMNS), "party_id").items()
        if (party := _party(line))
    }
    _check_keys(reading)
    reading.rates = _rates(reading) if (folder / RATES).exists() else {}
    promises, tranches = _funding(reading)
    terms = budget_lines()
    contracts, accounts = read_contracts_and_accounts(reading, terms)
    rows = MoneyRows(tuple(promises), tuple(tranches), tuple(contracts), tuple(accounts))
    return Books(
        projects=tuple(reading.projects.values()),
        parties=reading.parties,
        lines=terms,
        rows=rows,
        files=reading.files,
        columns=COLUMNS,
        problems=tuple(reading.problems),
    )


_PROJECT_COLUMNS = ("project_id code name start", "key name_ar name_en sector kind province budget")
_PARTY_COLUMNS = ("party_id kind name_fr name_ar acronym currency", "type")
_CONVENTION_COLUMNS = "convention_id convention_ref project_id party_id signed amount currency"
_TRANCHE_COLUMNS = (
    "tranche_id call_ref convention_id convention_ref project_id party_id seq call_date due_date amount"
    " currency"
)


def _project(line: Line) -> BookProject | None:
    code, name, start = line.text("code", LONGEST_ID), line.text("name"), line.day("start")
    named = line.text("key", LONGEST_ID, needed=False)
    key = line.read("key" if named else "code", lambda _cell, _field: check_key(named or key_of(code)))
    said = {name: line.is_said(name) for name in ("sector", "kind", "province", "budget")}
    sector = _word(line, "sector", "unknown_sector") if said["sector"] else None
    province = line.read("province", lambda cell, _: find_province(str(cell))) if said["province"] else None
    project = BookProject(
        at=line.at,
        id=line.text("project_id", LONGEST_ID),
        key=key or "",
        is_named=bool(named),
        name=name,
        start=start,
        name_ar=line.text("name_ar", needed=False),
        name_en=line.text("name_en", needed=False),
        sector=Sector(sector) if sector else None,
        kind=_word(line, "kind", "unknown_kind") if said["kind"] else None,
        province=province.code if province else None,
        budget=line.amount("budget") if said["budget"] else None,
    )
    return project if line.is_good else None


def _word(line: Line, name: str, reason: str) -> str | None:
    choices = vocabulary().choices[name]
    code = choices.find(line.text(name))
    if code is None:
        value = shown(line.cells.get(name))
        line.refuse(name, wrong(value, reason, candidates=choices.near(value)))
    return code


def _party(line: Line) -> BookParty | None:
    kind, type_ = line.text("kind"), line.text("type", needed=False) or "other"
    for name, value, choices in (("kind", kind, ("partner", "contractor")), ("type", type_, PARTNER_TYPES)):
        if value and value not in choices:
            limit = ", ".join(choices)
            error = wrong(value, "not_a_choice", limit=limit)
            line.refuse(name, error)
    party = BookParty(
        at=line.at,
        id=line.text("party_id", LONGEST_ID),
        key=key_of(line.text("party_id", LONGEST_ID)),
        is_partner=kind == "partner",
        name_fr=line.text("name_fr"),
        name_ar=line.text("name_ar"),
        acronym=line.text("acronym", needed=False),
        type=type_,
    )
    return party if line.is_good else None


def _check_keys(reading: Reading) -> None:
    """Refuse two projects that would have one key."""
    first: dict[str, BookProject] = {}
    for project in reading.projects.values():
        before = first.setdefault(project.key, project)
        if before is not project:
            line = Line(project.at, {}, reading.problems)
            error = wrong(project.key, "duplicate_key", first_row=before.at.row)
            line.refuse("code", error)


def _rates(reading: Reading) -> dict[str, list[tuple[date, int]]]:
    rates: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for line in reading.lines(RATES, "date currency mad_per_unit"):
        day, currency = line.day("date"), line.text("currency", 3)
        rate = line.rate("mad_per_unit", RATE_UNIT, most=10_000)
        if line.is_good and not rate:
            error = wrong("0", "not_positive")
            line.refuse("mad_per_unit", error)
        if line.is_good:
            rates[currency].append((day, rate))
    return {currency: sorted(days) for currency, days in rates.items()}


def _rate_on(line: Line, rates: Mapping[str, list[tuple[date, int]]], currency: str, on: date) -> int:
    """Return the rate of a day, or the last one before it; 0 where there is none, which is told."""
    days = rates.get(currency, [])
    place = bisect_right(days, (on, 10**12))
    if place and on - days[place - 1][0] <= timedelta(days=RATE_DAYS):
        return days[place - 1][1]
    error = wrong(currency, "rate_missing", on=on)
    line.refuse("currency", error)
    return 0


def _in_dirhams(centimes: int, rate: int) -> int:
    exact = Decimal(centimes) * rate / RATE_UNIT
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def _funding(reading: Reading) -> tuple[list[PromiseRow], list[TrancheRow]]:
    lines = reading.keyed(reading.lines(CONVENTIONS, _CONVENTION_COLUMNS), "convention_id")
    promises = {key: row for key, line in lines.items() if (row := _promise(reading, line))}
    tranches: dict[str, list[Line]] = defaultdict(list)
    for line in reading.keyed(reading.lines(TRANCHES, _TRANCHE_COLUMNS), "tranche_id").values():
        convention = reading.find(line, "convention_id", lines, CONVENTIONS)
        if convention is not None:
            same(line, convention, "convention_ref", "project_id", "party_id", "currency")
            tranches[line.text("convention_id", LONGEST_ID)].append(line)
    rows = [row for key, group in tranches.items() for row in _tranches(group, promises.get(key))]
    return list(promises.values()), sorted(rows, key=lambda row: row.at.row)


def _promise(reading: Reading, line: Line) -> PromiseRow | None:
    project = reading.find(line, "project_id", reading.projects, PROJECTS)
    party = reading.find(line, "party_id", reading.parties, PARTNERS)
    amount, signed, currency = line.amount("amount"), line.day("signed"), line.text("currency", 3)
    foreign = None
    if line.is_good and not party.is_partner:
        error = wrong(party.id, "not_a_partner")
        line.refuse("party_id", error)
    if line.is_good and amount <= 0:
        line.refuse("amount", wrong("0", "not_positive"))
    if line.is_good and currency != "MAD":
        rate = _rate_on(line, reading.rates, currency, signed)
        foreign = Foreign(currency, amount, rate, signed)
        amount = _in_dirhams(amount, rate)
    reference = line.text("convention_ref", LONGEST_ID)
    if not line.is_good:
        return None
    return PromiseRow(line.at, reference, project.key, party.id, amount, signed, foreign=foreign)


def _tranches(lines: list[Line], promise: PromiseRow | None) -> list[TrancheRow]:
    """Read the tranches of a convention; in dirhams they sum as their convention was taken over."""
    rows: list[TrancheRow] = []
    before = 0
    numbered = [(line.whole("seq", least=1), line) for line in lines]
    for number, line in sorted(numbered, key=lambda one: one[0]):
        amount = line.amount("amount")
        called, due = line.day("call_date"), line.day("due_date")
        call = CallTerms(line.text("call_ref", 32), called, due)
        if line.is_good and amount <= 0:
            line.refuse("amount", wrong("0", "not_positive"))
        if promise is None or not line.is_good:
            continue
        foreign = None
        if promise.foreign is not None:
            rate = promise.foreign.rate
            foreign = Foreign(promise.foreign.currency, amount, rate, promise.foreign.on)
            before, so_far = before + amount, _in_dirhams(before, rate)
            amount = _in_dirhams(before, rate) - so_far
        key = (promise.convention, promise.project, promise.partner)
        row = TrancheRow(line.at, *key, number, amount, Trigger.DATE, called, call=call, foreign=foreign)
        rows.append(row)
    return rows


@cache
def budget_lines() -> Mapping[str, BookLine]:
    """Return what each word for a budget line means, by the folded word."""
    with _WORDS.open("rb") as file:
        read = tomllib.load(file)["line"]
    return {
        fold(word): BookLine(
            Stage(entry["stage"]), Nature(entry["nature"]), ContractKind(entry["contract"])
        )
        for entry in read.values()
        for word in entry["words"]
    }
