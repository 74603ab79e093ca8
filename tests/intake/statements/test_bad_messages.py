"""Statements in messages of the banks, and whole ledgers: what is wrong is named by its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from intake.statements.camt import StatementDamaged, StatementUnsafe
from intake.statements.profiles import find_profile
from intake.statements.reading import lines_of, look_through
from intake.statements.tables import ProfileMisfit
from tests.intake.statements.test_bad_files import told
from tests.intake.statements.written import CAMT_02, THREE, camt, ledger, mt940, write_csv

LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE])
def test_no_document_type_is_ever_read(tmp_path: Path, declared: str) -> None:
    """J10."""
    file = tmp_path / "a.xml"
    file.write_text(camt(THREE).replace("?><D", f"?>{declared}<D").replace("FRAIS", "&b;"))

    with pytest.raises(StatementUnsafe) as refused:
        look_through(file, find_profile("camt053"))

    assert refused.value.details["problem"] == "document_type"


def xml(tmp_path: Path, change: Callable[[str], str]) -> Path:
    file = tmp_path / "a.xml"
    file.write_text(change(camt(THREE)), encoding="utf-8")
    return file


PAID = '<Ntry><Amt Ccy="MAD">250.50'
CAMT_FAULTS = [
    ("<BookgDt><Dt>2024-01-03</Dt></BookgDt><ValDt><Dt>2024-01-03</Dt></ValDt>", "", (2, "day", "empty")),
    ("<Dt>2024-01-03</Dt></BookgDt>", "<Dt>2024-31-01</Dt></BookgDt>", (2, "day", "not_a_date")),
    (
        '<Ntry><Amt Ccy="MAD">250.50',
        '<Ntry><Amt Ccy="EUR">250.50',
        (2, "currency", "other_currency_without_rate"),
    ),
    ('<Ntry><Amt Ccy="MAD">250.50', '<Ntry><Amt Ccy="MAD">250.505', (2, "amount", "too_many_decimals")),
    (
        '<Ntry><Amt Ccy="MAD">250.50</Amt><CdtDbtInd>DBIT',
        '<Ntry><Amt Ccy="MAD">250.50</Amt><CdtDbtInd>X',
        (2, "amount", "no_side"),
    ),
]


@pytest.mark.parametrize(("old", "new", "problem"), CAMT_FAULTS)
def test_each_bad_entry_is_named(tmp_path: Path, old: str, new: str, problem: tuple[int, str, str]) -> None:
    """J10. By its place among the entries."""
    file = xml(tmp_path, lambda text: text.replace(old, new))

    assert told(look_through(file, find_profile("camt053")))[:1] == [problem]


def test_xml_that_is_cut_short_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    profile = find_profile("camt053")
    with pytest.raises(StatementDamaged):
        look_through(xml(tmp_path, lambda text: text[:-40]), profile)
    with pytest.raises(ProfileMisfit):
        look_through(
            xml(tmp_path, lambda text: text.replace(CAMT_02, CAMT_02.replace("053", "054"))), profile
        )
    with pytest.raises(StatementUnsafe):
        look_through(xml(tmp_path, lambda text: text.replace("FRAIS", "x" * 20_000)), profile)


def test_pending_entries_are_passed_over_with_a_note(tmp_path: Path) -> None:
    pending = '<Ntry><Amt Ccy="MAD">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry></Stmt>'
    found = look_through(
        xml(tmp_path, lambda text: text.replace("</Stmt>", pending)), find_profile("camt053")
    )

    assert told(found) == []
    assert [note.code for note in found.notes] == ["pending_passed"]


def test_bad_lines_of_mt940_are_named(tmp_path: Path) -> None:
    """J11. By their line in the file."""
    file = tmp_path / "a.sta"
    text = mt940(THREE)
    file.write_text(text.replace("D250,50", "X250,50").replace(":62F:C240131MAD", ":62F:C249931MAD"))
    found = told(look_through(file, find_profile("mt940")))

    assert found == [
        (7, "amount", "not_a_movement"),
        (9, "closing", "balance_missing"),
        (11, "closing", "not_a_date"),
    ]


def test_a_ledger_is_whole_when_its_debits_are_its_credits(tmp_path: Path) -> None:
    """J2. Headings, titles and totals on every page; only the accounts of the bank are kept."""
    profile = find_profile("sample-ledger")
    bank = [
        ["02/01/2024", "P1", "Conseil", "CP", "VIR 1", "CMP-1", "1 250,50", ""],
        ["", "", "Frais", "", "", "", "", "10,00"],
    ]
    other = [
        ["02/01/2024", "P1", "Subvention", "", "", "", "", "1 250,50"],
        ["02/01/2024", "P1", "Frais", "", "", "", "10,00", ""],
    ]
    total = ["Total général", "", "", "", "", "", "1 260,50", "1 260,50"]
    file = write_csv(
        tmp_path / "a.csv",
        ledger(profile, ("5141 Banque", bank), ("7190 Produits", other), total=total),
        profile,
    )
    found = look_through(file, profile)

    assert told(found) == []
    assert [(row.amount, row.label, row.day.day) for row in lines_of(file, profile)] == [
        (1_250_50, "Conseil", 2),
        (-10_00, "Frais", 2),
    ]
    assert {note.code: note.details["count"] for note in found.notes}["other_accounts_passed"] == 2


def test_a_ledger_that_does_not_sum_is_refused(tmp_path: Path) -> None:
    """J2. Debit and credit, and the total that the file itself states."""
    profile = find_profile("sample-ledger")
    bank = [["02/01/2024", "P1", "Conseil", "CP", "VIR 1", "CMP-1", "1 250,50", ""]]
    total = ["Total général", "", "", "", "", "", "1 250,49", ""]
    file = write_csv(tmp_path / "a.csv", ledger(profile, ("5141 Banque", bank), total=total), profile)

    assert [code for _row, _field, code in told(look_through(file, profile))] == [
        "total_off",
        "debit_not_credit",
    ]
