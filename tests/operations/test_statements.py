"""Files of movements come into the books once and whole, beside the others of their account."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlmodel import Session, col, select

from models.operations.cases import open_case, settle_case
from models.operations.statement_rows import Ready, made_ready
from models.operations.statements import (
    Arrived,
    FileFacts,
    add_account,
    check_account,
    take_file,
)
from models.queries.statements import find_account, list_accounts, list_files, read_file
from models.rules.authority import NotAllowed
from models.rules.cases import CaseChange, CaseFacts, CaseKind
from models.rules.errors import BadValue, UnknownKey
from models.rules.portfolio import Problem
from models.rules.statement_files import Arrival, StatementRow, StatementSummary
from models.rules.statements import AccountKind, LineState
from models.tables import Case, CaseEvent, StatementFault, StatementFile, StatementLine, TrailEntry
from tests.builders import AT


@pytest.fixture
def bank(staff: Session) -> Session:
    """One bank account in dirhams."""
    account(staff)
    return staff


def account(session: Session, key: str = "bank-1", by: str = "finance", **given: object) -> bool:
    facts: dict[str, object] = {
        "kind": AccountKind.BANK,
        "name": "Sample bank",
        "currency": "MAD",
        "number": "007 780 0001",
    }
    facts |= {"profile": "sample-two-columns", "mirrors": None} | given
    _account, new = add_account(session, key=key, by=by, at=AT, **facts)  # type: ignore[arg-type]
    return new


def row(
    number: int, day: int, amount: int = 100_00, label: str = "VIR", operation: str = ""
) -> StatementRow:
    return StatementRow(number, date(2024, 1, day), amount, label, operation=operation, raw=f'["{number}"]')


def summary(rows: Sequence[StatementRow], **more: object) -> StatementSummary:
    days = [one.day for one in rows]
    facts: dict[str, object] = {"lines": len(rows), "received": sum(one.amount for one in rows)}
    if days:
        facts |= {"starts_on": min(days), "ends_before": date.fromordinal(max(days).toordinal() + 1)}
    return replace(StatementSummary("sample-two-columns", "1"), **facts | more)  # type: ignore[arg-type]


def take(
    session: Session, name: str, rows: Sequence[StatementRow], by: str = "finance", **more: object
) -> Arrived:
    facts = FileFacts(name=f"{name}.csv", sha256=name.encode().hex().ljust(64, "0"), stored="")
    found, owner = summary(rows, **more), find_account(session, "bank-1")
    dialect = session.get_bind().dialect
    with (
        TemporaryDirectory() as folder,
        made_ready(
            rows, sha256=facts.sha256, account=owner.id, dialect=dialect, folder=Path(folder)
        ) as lines,
    ):
        return take_file(session, account="bank-1", facts=facts, summary=found, lines=lines, by=by, at=AT)


def states(session: Session) -> list[LineState]:
    return [line.state for line in session.exec(select(StatementLine).order_by(col(StatementLine.id)))]


def open_cases(session: Session) -> list[tuple[CaseKind, int]]:
    found = session.exec(select(Case).where(col(Case.closed_at).is_(None)))
    return sorted((case.kind, case.amount_centimes) for case in found)


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(TrailEntry.kind).order_by(col(TrailEntry.sequence))))[-2:]


class Untouched:
    """Lines that nobody may read."""

    def __iter__(self) -> Iterator[list[Ready]]:
        raise AssertionError


def test_a_file_is_kept_with_its_lines(bank: Session) -> None:
    """J19. Ids follow from the file and the row; the trail has one entry for the whole file."""
    taken = take(bank, "a", [row(3, 2), row(4, 3, -50_00)], opening=0, closing=50_00)

    line = bank.exec(select(StatementLine).where(StatementLine.row == 4)).one()
    assert (taken.arrival, line.amount_centimes, line.day.day, line.state) == (
        "taken",
        -50_00,
        3,
        LineState.OPEN,
    )
    assert (line.value_day, line.raw) == (line.day, '["4"]')
    (listed,) = list_files(bank)
    assert (listed.lines, listed.faults, listed.opening, listed.closing) == (2, 0, 0, 50_00)
    assert kinds(bank)[-1] == "statement_taken"
    assert [(one.key, one.files, one.lines) for one in list_accounts(bank)] == [("bank-1", 1, 2)]


def test_the_same_file_again_writes_nothing(bank: Session) -> None:
    """J19. Under another name too; its lines are not even read."""
    take(bank, "a", [row(3, 2)])
    entries = len(bank.exec(select(TrailEntry)).all())
    facts = FileFacts(name="b.csv", sha256=b"a".hex().ljust(64, "0"), stored="")

    again = take_file(
        bank, account="bank-1", facts=facts, summary=summary([]), lines=Untouched(), by="finance", at=AT
    )

    assert (again.arrival, again.known_as) == (Arrival.KNOWN, "a.csv")
    assert len(bank.exec(select(StatementLine)).all()) == 1
    assert len(bank.exec(select(TrailEntry)).all()) == entries


def test_a_refused_file_keeps_its_faults_and_no_line_until_it_is_read_anew(bank: Session) -> None:
    """J19."""
    problem = Problem(4, "amount", "no_amount", "<script>", {"limit": 3})
    facts = FileFacts(name="a.csv", sha256=b"a".hex().ljust(64, "0"), stored="")
    refused = take_file(
        bank,
        account="bank-1",
        facts=facts,
        summary=summary([], problems=(problem,), problem_count=7),
        lines=Untouched(),
        by="finance",
        at=AT,
    )
    file, faults = read_file(bank, refused.file.hex if refused.file else "")

    assert (refused.arrival, file.lines, file.faults, file.starts_on) == (Arrival.REFUSED, 0, 7, None)
    assert [(one.row, one.code, one.value, one.details) for one in faults] == [
        (4, "no_amount", "<script>", {"limit": 3})
    ]
    assert kinds(bank)[-1] == "statement_refused"

    taken = take(bank, "a", [row(3, 2)])

    assert (taken.arrival, taken.file) == (Arrival.TAKEN, refused.file)
    assert bank.exec(select(StatementFault)).all() == []
    assert [one.faults for one in list_files(bank)] == [0]


def test_lines_that_an_older_export_has_are_duplicates_and_twins_survive(bank: Session) -> None:
    """J14 and J15. Two movements alike on one day, of which the first export had one."""
    take(bank, "a", [row(3, 2, operation="1"), row(4, 10, label="Virement")])
    second = [row(3, 10, label="VIREMENT "), row(4, 10, label="VIREMENT"), row(5, 11)]

    taken = take(bank, "b", second)

    assert (taken.beside.duplicates, taken.beside.gone) == (1, 0)
    assert [(one.starts_on.day, one.ends_before.day) for one in taken.beside.overlaps] == [(10, 11)]
    assert sorted(states(bank)).count(LineState.DUPLICATE) == 1
    assert open_cases(bank) == []


def test_the_same_lines_in_another_file_are_all_duplicates(bank: Session) -> None:
    """J14. A third export pairs with the first, not with the duplicates of the second."""
    rows = [row(number, 2 + number % 3, operation=str(number)) for number in range(3, 30)]
    take(bank, "a", rows)

    for name in ("b", "c"):
        assert take(bank, name, rows).beside.duplicates == len(rows)
    assert states(bank).count(LineState.OPEN) == len(rows)


def test_a_line_that_a_newer_export_lacks_opens_a_case(bank: Session) -> None:
    """J15. But for the last day of the newer export, which may have been made before its evening."""
    take(bank, "a", [row(3, 2, operation="1"), row(4, 5, -7_00, operation="2"), row(5, 9, operation="3")])

    taken = take(bank, "b", [row(3, 2, operation="1"), row(4, 6, operation="9")])

    assert (taken.beside.duplicates, taken.beside.gone, taken.beside.gone_amount) == (1, 1, -7_00)
    assert open_cases(bank) == [(CaseKind.STATEMENT_OVERLAP, -7_00)]


@pytest.mark.parametrize("kept", [slice(0, 5), slice(4, 9), slice(4, 6), slice(7, 9)])
def test_a_part_of_an_older_export_that_begins_or_ends_within_a_day_opens_no_case(
    bank: Session, kept: slice
) -> None:
    """J15. Three movements a day; the last so many of them are exported once more, or the first."""
    rows = [row(3 + place, 2 + place // 3, operation=str(place)) for place in range(9)]
    take(bank, "a", rows)

    taken = take(bank, "b", rows[kept])

    assert (taken.beside.duplicates, taken.beside.gone) == (len(rows[kept]), 0)
    assert open_cases(bank) == []


def test_the_case_of_an_overlap_is_about_the_lines_that_differ_alone(bank: Session) -> None:
    """J15. Eight of nine lines are in both files."""
    rows = [row(3 + place, 2 + place // 3, 1_000_00 + place, operation=str(place)) for place in range(9)]
    take(bank, "a", rows)

    taken = take(bank, "b", rows[:4] + rows[5:])

    assert (taken.beside.duplicates, taken.beside.gone, taken.beside.gone_amount) == (8, 1, 1_000_04)
    case = bank.exec(select(Case)).one()
    assert case.amount_centimes == 1_000_04
    told = json.loads(case.details)
    assert (told["lines"], told["before"], told["after"]) == (1, "a.csv", "b.csv")


def test_the_second_page_of_a_day_repeats_nothing(bank: Session) -> None:
    """J14 and J15. A movement like one of the first page is one of its own."""
    take(bank, "a", [row(3, 2, 10_00), row(4, 3, 10_00)], opening=0, closing=20_00)

    taken = take(bank, "b", [row(3, 3, 10_00), row(4, 3, 5_00)], opening=20_00, closing=35_00)

    assert (taken.beside.duplicates, taken.beside.gone, taken.beside.overlaps) == (0, 0, ())
    assert states(bank) == [LineState.OPEN] * 4
    assert open_cases(bank) == []


def lose_a_line(session: Session) -> Case:
    """Return the case of the line of the 5th, which the newer export of the 2nd to the 6th lacks."""
    take(session, "a", [row(3, 2, operation="1"), row(4, 5, -7_00, operation="2")])
    take(session, "b", [row(3, 2, operation="1"), row(4, 6, operation="9"), row(5, 7, operation="8")])
    return session.exec(select(Case).where(Case.kind == CaseKind.STATEMENT_OVERLAP)).one()


@pytest.mark.parametrize(
    ("lines", "closes"),
    [
        ([row(3, 2, operation="1"), row(4, 5, -7_00, operation="2")], True),
        ([row(3, 2, operation="1")], False),
        ([row(4, 5, -7_00, operation="2")], False),
    ],
)
def test_a_later_file_that_has_every_line_of_the_days_closes_the_case(
    bank: Session, lines: list[StatementRow], closes: bool
) -> None:
    """J22. One that lacks the line, or begins later, does not."""
    lose_a_line(bank)

    rest = [row(7, 6, operation="9"), row(8, 7, operation="8"), row(9, 8, operation="7")]
    take(bank, "c", [*lines, *rest])

    kept = (CaseKind.STATEMENT_OVERLAP, -7_00)
    assert (kept not in open_cases(bank)) is closes


def test_finance_closes_what_the_books_cannot_tell_with_a_reason(bank: Session) -> None:
    """J22. Once, and no other case."""
    lost = lose_a_line(bank)
    asked: dict[str, Any] = {"case": lost.id.hex[:8], "reason": "The bank took it back", "at": AT}
    with pytest.raises(NotAllowed):
        settle_case(bank, by="officer", **asked)

    closed = [settle_case(bank, by="finance", **asked)[1] for _again in range(2)]

    assert (closed, open_cases(bank)) == ([True, False], [])
    event = bank.exec(select(CaseEvent).where(CaseEvent.kind == CaseChange.CLOSED)).one()
    assert (event.author, event.note) == ("finance", "The bank took it back")
    facts = CaseFacts(CaseKind.UNMATCHED_RECEIPT, ("x",))
    with pytest.raises(BadValue) as refused:
        settle_case(bank, by="finance", **(asked | {"case": open_case(bank, facts, at=AT).id.hex}))
    assert refused.value.details["reason"] == "closes_itself"


def test_a_gap_opens_a_case_and_the_file_that_fills_it_closes_it(bank: Session) -> None:
    """J16."""
    take(bank, "a", [row(3, 2)], opening=0, closing=100_00)
    taken = take(bank, "c", [row(3, 20)], opening=150_00, closing=250_00)

    assert [(one.amount, one.before.name) for one in taken.beside.gaps] == [(50_00, "a.csv")]
    assert open_cases(bank) == [(CaseKind.STATEMENT_GAP, 50_00)]

    assert take(bank, "b", [row(3, 10, 50_00)], opening=100_00, closing=150_00).beside.gaps == ()
    assert open_cases(bank) == []


def test_finance_alone_brings_in_statements(bank: Session) -> None:
    """A1."""
    for login in ("officer", "director", "auditor", "administrator"):
        with pytest.raises(NotAllowed):
            take(bank, "a", [row(3, 2)], by=login)
        with pytest.raises(NotAllowed):
            account(bank, "bank-2", by=login)
    assert bank.exec(select(StatementFile)).all() == []


def test_an_account_is_added_once(bank: Session) -> None:
    """J17. The same again changes nothing; other terms are refused; a ledger's mirrors a bank's."""
    assert not account(bank)
    assert account(bank, "ledger-1", kind=AccountKind.LEDGER, number="5141", mirrors="bank-1")
    cases: list[tuple[dict[str, object], str]] = [
        ({"name": "Other"}, "already_stated"),
        ({"key": "Bank 1"}, "not_a_key"),
        ({"key": "x" * 41}, "not_a_key"),
        ({"key": "bank-3", "currency": "dirham"}, "not_a_currency"),
        ({"key": "bank-3", "mirrors": "bank-1"}, "mirrors_no_bank"),
        ({"key": "l-3", "kind": AccountKind.LEDGER, "mirrors": "ledger-1"}, "mirrors_no_bank"),
        ({"key": "bank-3", "name": "a\u202eb"}, "hidden_characters"),
    ]
    for given, reason in cases:
        with pytest.raises(BadValue) as refused:
            account(bank, **{"key": "bank-1", **given})  # type: ignore[arg-type]
        assert refused.value.details["reason"] == reason
    with pytest.raises(UnknownKey) as unknown:
        account(bank, "l-3", kind=AccountKind.LEDGER, mirrors="bank-2")
    assert "bank-1" in unknown.value.details["candidates"]  # type: ignore[operator]
    assert [(one.key, one.mirrors) for one in list_accounts(bank)] == [
        ("bank-1", None),
        ("ledger-1", "bank-1"),
    ]


CHECKS: list[tuple[dict[str, object], AccountKind, str | None]] = [
    ({}, AccountKind.BANK, None),
    ({"number": "0077800001"}, AccountKind.BANK, None),
    ({"number": "MA64 007 780 0001 55"}, AccountKind.BANK, None),
    ({"number": "007 780 0002"}, AccountKind.BANK, "other_account"),
    ({"currency": "EUR"}, AccountKind.BANK, "other_account_currency"),
    ({}, AccountKind.LEDGER, "other_account_kind"),
]


@pytest.mark.parametrize(("said", "kind", "reason"), CHECKS)
def test_a_file_of_another_account_is_refused(
    bank: Session, said: dict[str, object], kind: AccountKind, reason: str | None
) -> None:
    """J18. By the number, the currency and the kind of book."""
    owner, found = find_account(bank, "bank-1"), summary([], **said)
    if reason is None:
        check_account(owner, found, kind)
        return
    with pytest.raises(BadValue) as refused:
        check_account(owner, found, kind)
    assert refused.value.details["reason"] == reason
