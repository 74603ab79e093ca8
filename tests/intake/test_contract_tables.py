"""Tables of one contract: its bill, quantities, plan; every fault listed, nothing guessed."""

from datetime import date
from pathlib import Path

import pytest

from intake.contract_tables import ContractSheet, read_contract_table
from intake.dates import read_month
from intake.rows import TooManyRows
from intake.values import read_quantity
from models.rules.contracts import ContractTable
from models.rules.errors import BadValue


def read(tmp_path: Path, table: ContractTable, text: str) -> ContractSheet:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    return read_contract_table(file, table)


def test_a_bill_is_read_in_any_language(tmp_path: Path) -> None:
    """X42."""
    arabic = "رقم الثمن;بيان الأشغال;الوحدة;الكمية;الثمن الفردي\n1.1;خرسانة;م³;100,5;4 000,00\n"

    sheet = read(tmp_path, ContractTable.BILL, arabic)

    row = {"code": "1.1", "label": "خرسانة", "unit": "م³", "quantity": 100_500, "price": 4_000_00}
    assert (sheet.rows, sheet.problems) == ((row,), ())


def test_a_column_decides_over_its_decimals(tmp_path: Path) -> None:
    """X42: 12,345 is twelve and a part where 10,5 stands in the column, and is refused alone."""
    together = read(tmp_path, ContractTable.QUANTITIES, "code;quantity\na;12,345\nb;10,5\n")
    alone = read(tmp_path, ContractTable.QUANTITIES, "code;quantity\na;12,345\n")

    assert [row["quantity"] for row in together.rows] == [12_345, 10_500]
    assert [problem.code for problem in alone.problems] == ["ambiguous_quantity"]


def test_every_fault_is_listed_by_row(tmp_path: Path) -> None:
    """X42."""
    rows = "month;amount\n2025-03;1\n2025-03;2\n2025-03-02;3\n04/2025;x\n;5\n"

    sheet = read(tmp_path, ContractTable.PLAN, rows)

    found = sorted((problem.row, problem.field, problem.code) for problem in sheet.problems)
    assert found == [
        (3, "month", "taken"),
        (4, "month", "not_a_month"),
        (5, "amount", "not_an_amount"),
        (6, "month", "empty"),
    ]
    assert [row["month"] for row in sheet.rows] == [date(2025, 3, 1)]


def test_a_table_without_rows_or_columns_is_named(tmp_path: Path) -> None:
    empty = read(tmp_path, ContractTable.QUANTITIES, "code;quantity\n")
    short = read(tmp_path, ContractTable.BILL, "code;quantity;label\n1;2;x\n")

    assert [problem.code for problem in empty.problems] == ["no_rows"]
    assert {(problem.field, problem.code) for problem in short.problems} == {
        ("price", "missing_column"),
        ("unit", "missing_column"),
    }


def test_the_rows_of_one_contract_have_a_limit(tmp_path: Path) -> None:
    """X42."""
    most = "".join(f"{number};1\n" for number in range(5_000))

    assert len(read(tmp_path, ContractTable.QUANTITIES, "code;quantity\n" + most).rows) == 5_000
    with pytest.raises(TooManyRows):
        read(tmp_path, ContractTable.QUANTITIES, "code;quantity\n" + most + "x;1\n")


@pytest.mark.parametrize(
    ("text", "month"),
    [("2026-05", 5), ("05/2026", 5), ("5.2026", 5), ("2026-12-01", 12), ("٢٠٢٦-٠٥", 5)],
)
def test_a_month_is_read(text: str, month: int) -> None:
    """X42."""
    assert read_month(text) == date(2026, month, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-05-02", "05/06", "mai 2026", "01/05/2026", "2026"])
def test_what_is_no_month_is_refused(text: str) -> None:
    """X42."""
    with pytest.raises(BadValue) as refused:
        read_month(text)

    assert refused.value.details["reason"] == "not_a_month"


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [("12", 12_000), ("12,5", 12_500), ("1 250,125", 1_250_125), ("12,3450", 12_345), ("0.001", 1)],
)
def test_a_quantity_is_read(text: str, thousandths: int) -> None:
    """X42."""
    assert read_quantity(text) == thousandths


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12,345", "ambiguous_quantity"),
        ("1.0001", "too_many_decimals"),
        ("-1", "negative"),
        ("12 DH", "not_a_number"),
        ("9" * 20, "amount_too_large"),
        ("", "empty"),
    ],
)
def test_what_is_no_quantity_is_refused(text: str, reason: str) -> None:
    """X42."""
    with pytest.raises(BadValue) as refused:
        read_quantity(text)

    assert refused.value.details["reason"] == reason
