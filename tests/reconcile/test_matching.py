"""Matching: what is certain is booked, whatever the wording; what is not is left to a person."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconcile.matching import match
from reconcile.reading import BooksUnreadable, read_books
from reconcile.writing import write_matches
from tests.reconcile.folder import COUNCILS, line, tranche, write

SETTAT, TANGER, OCP, _BAM = COUNCILS


def found(folder: Path) -> dict[str, list[tuple[str, str, str, str]]]:
    """Match a folder, and return the rows of each line: type, target, amount, status."""
    out = folder / "matches.csv"
    write_matches(match(read_books(folder)), out)
    rows: dict[str, list[tuple[str, str, str, str]]] = {}
    with out.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            told = (row["target_type"], row["target_id"], row["amount"], row["status"])
            rows.setdefault(row["line_id"], []).append(told)
    return rows


def matched(rows: dict[str, list[tuple[str, str, str, str]]], number: int) -> list[tuple[str, str]]:
    mine = rows.get(f"L{number:03d}", [])
    return [(target, amount) for _, target, amount, status in mine if status == "matched"]


@pytest.mark.parametrize(
    "reference",
    ["AF-2024-0001", "AF20240001", "APPEL DE FONDS 1/2024", "V/APPEL DU 2024 NO 1", "1-24", "طلب ١/٢٠٢٤"],
)
def test_a_reference_is_read_however_it_is_written(tmp_path: Path, reference: str) -> None:
    books = write(
        tmp_path,
        [tranche(1, 1, "1234567.89"), tranche(2, 2, "1234567.89")],
        [line(1, "2024-03-20", "1234567.89", f"VIR RECU {reference}", who=SETTAT)],
    )

    assert matched(found(books), 1) == [("T001", "1234567.89")]


def test_one_line_pays_two_tranches_and_two_lines_one(tmp_path: Path) -> None:
    books = write(
        tmp_path,
        [
            tranche(1, 1, "100000.10"),
            tranche(2, 1, "200000.21", month=4),
            tranche(3, 2, "300000.33", month=5),
        ],
        [
            line(1, "2024-04-20", "300000.31", "VIR", who=SETTAT, reference="AF 2024 0001 AF 2024 0002"),
            line(2, "2024-05-20", "100000.11", "VIR", who=TANGER, reference="AF 2024 0003"),
            line(3, "2024-06-10", "200000.22", "VIR", who=TANGER, reference="AF 2024 0003"),
        ],
    )

    rows = found(books)

    assert sorted(matched(rows, 1)) == [("T001", "100000.10"), ("T002", "200000.21")]
    assert matched(rows, 2) == [("T003", "100000.11")]
    assert matched(rows, 3) == [("T003", "200000.22")]


def test_equal_tranches_without_a_reference_go_to_a_person_with_both(tmp_path: Path) -> None:
    books = write(
        tmp_path,
        [tranche(1, 1, "1000000.00"), tranche(2, 1, "1000000.00")],
        [line(1, "2024-03-20", "1000000.00", "VIR RECU", who=SETTAT)],
    )

    (first, second) = found(books)["L001"]

    assert {first[1], second[1]} == {"T001", "T002"}
    assert {first[3], second[3]} == {"suggested"}


def test_what_stayed_not_is_not_booked(tmp_path: Path) -> None:
    """A line printed twice, one taken back, one that the ledger moves: each is told by its structure."""
    label = "VIREMENT EN VOTRE FAVEUR GROUPE OCP AF-2024-0001"
    books = write(
        tmp_path,
        [tranche(1, 3, "500000.00", project=2)],
        [
            line(1, "2024-03-10", "500000.00", label, project="PRJ-001", operation="00000042"),
            line(2, "2024-03-11", "500000.00", label[:34], source="BK2", operation="42"),
            line(3, "2024-04-01", "70000.00", "REMISE CHEQUE COMMUNE DE TANGER"),
            line(4, "2024-04-09", "-70000.00", "IMPAYE REMISE CHEQUE COMMUNE DE TANGER"),
            line(5, "2024-06-01", "-500000.00", "OD PRJ-001 PRJ-002", project="PRJ-001", source="GL"),
            line(6, "2024-06-01", "500000.00", "OD PRJ-001 PRJ-002", project="PRJ-002", source="GL"),
        ],
    )

    rows = found(books)

    assert matched(rows, 1) == [("T001", "500000.00")]
    assert rows["L002"] == [("duplicate", "L001", "0.00", "matched")]
    assert rows["L003"] == [("reversal", "L004", "0.00", "matched")]
    assert rows["L004"] == [("reversal", "L003", "0.00", "matched")]
    assert {rows["L005"][0][0], rows["L006"][0][0]} == {"correction"}


def test_the_order_of_the_rows_changes_no_byte(tmp_path: Path) -> None:
    tranches = [tranche(n, n % 4 + 1, f"{n % 5 + 1}00000.00", month=n % 9 + 1) for n in range(1, 40)]
    lines = [
        line(n, f"2024-{n % 9 + 2:02d}-15", f"{n % 5 + 1}00000.00", "VIR", who=COUNCILS[n % 4])
        for n in range(1, 40)
    ]
    written = []
    for seed in (0, 1, 2):
        folder = write(tmp_path / str(seed), tranches, lines, seed)
        write_matches(match(read_books(folder)), folder / "matches.csv")
        written.append((folder / "matches.csv").read_bytes())

    assert written[0] == written[1] == written[2]
    assert written[0].count(b"\n") > len(lines)


def test_no_line_and_no_target_is_settled_beyond_its_amount(tmp_path: Path) -> None:
    tranches = [tranche(n, n % 3 + 1, f"{n % 4 + 1}00000.0{n % 7}") for n in range(1, 60)]
    lines = [_paid(n) for n in range(1, 60)]
    outcome = match(read_books(write(tmp_path, tranches, lines)))

    paid: Counter[int] = Counter()
    owed: Counter[int] = Counter()
    for step in outcome.booked:
        for row, target, amount in zip(
            step.line.tolist(), step.target.tolist(), step.amount.tolist(), strict=True
        ):
            paid[row] += amount
            owed[target] += amount
    assert paid
    assert all(amount <= int(outcome.books.lines.size[row]) for row, amount in paid.items())
    rounded = 50
    assert all(amount <= int(outcome.books.targets.amount[row]) + rounded for row, amount in owed.items())


def _paid(number: int) -> list[str]:
    """What pays a tranche by its number: whole, or a part of it, or more than it is."""
    amount = f"{(number % 4 + 1) + number % 3 - 1}00000.0{number % 7}"
    reference, who = f"AF 2024 {number:04d}", COUNCILS[number % 3]
    return line(number, "2024-03-20", amount, "VIR", who=who, reference=reference)


def test_everything_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    bad = [
        line(1, "2024-02-31", "12,5", "VIR"),
        line(1, "2024-02-28", "12.50", "VIR"),
    ]
    folder = write(tmp_path, [tranche(1, 1, "100.00")], bad)
    (folder / "projects.csv").write_text("project_id\nP1\n")

    with pytest.raises(BooksUnreadable) as refused:
        read_books(folder)

    problems: Any = refused.value.details["problems"]
    told = {(one["file"], one["row"], one["column"], one["reason"]) for one in problems}
    assert told == {
        ("projects.csv", 1, "code", "column_missing"),
        ("ledger.csv", 2, "op_date", "bad_date"),
        ("ledger.csv", 2, "amount", "bad_amount"),
        ("ledger.csv", 3, "line_id", "duplicate_key"),
    }


def test_empty_books_are_matched_too(tmp_path: Path) -> None:
    assert found(write(tmp_path, [], [])) == {}
