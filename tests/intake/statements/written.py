"""Statements written as a bank or a ledger would write them, in any layout that is kept as a profile."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from intake.statements.profiles import Profile, find_profile
from models.rules.statement_files import StatementRow

CAMT_02 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
CAMT_08 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
FIRST = date(2024, 1, 2)
Cells = Sequence[Any]


def moved(day: int, amount: int, label: str = "VIR RECU", **more: Any) -> StatementRow:
    """Return a movement of January 2024. Unit: centimes."""
    on = date(2024, 1, day)
    return StatementRow(row=0, day=on, amount=amount, label=label, **{"value_day": on, **more})


THREE = (
    moved(2, 1_250_50, "Virement reçu de l'élève", operation="00012"),
    moved(3, -250_50, "TOTAL MAROC FACTURE 12", operation="00013"),
    moved(5, -10_00, "FRAIS", operation="00014"),
)


def bare(rows: Iterable[StatementRow]) -> list[StatementRow]:
    """Return movements without what differs from file to file: where they stand, and how."""
    return [replace(row, row=0, raw="") for row in rows]


def amount(centimes: int, decimal: str = ",", group: str = "") -> str:
    whole, sign = abs(centimes), "-" if centimes < 0 else ""
    return f"{sign}{whole // 100:,}".replace(",", group) + f"{decimal}{whole % 100:02d}"


def day(on: date | None, order: str = "day_first") -> str:
    if on is None:
        return ""
    return on.isoformat() if order == "year_first" else f"{on:%d/%m/%Y}"


def table_of(profile: Profile, rows: Sequence[StatementRow], opening: int = 0) -> list[list[str]]:
    """Return the cells of a table in the layout of a profile: heading, balances, movements."""
    names = list(profile.columns)
    lines, balance = [], opening
    for row in rows:
        balance += row.amount
        lines.append(_cells(profile, names, row, balance))
    if profile.newest_first:
        lines.reverse()
    before, after = _balances(profile, names, opening, balance)
    return [[profile.columns[name][0] for name in names], *before, *lines, *after]


def _cells(profile: Profile, names: Sequence[str], row: StatementRow, balance: int) -> list[str]:
    paid = "debit" if profile.received == "credit" else "credit"
    put = {
        "day": day(row.day, profile.dates),
        "value_day": day(row.value_day, profile.dates),
        "amount": amount(row.amount, profile.decimal),
        "balance": amount(balance, profile.decimal),
        profile.received: amount(row.amount, profile.decimal) if row.amount > 0 else "",
        paid: amount(-row.amount, profile.decimal) if row.amount < 0 else "",
        "original_amount": amount(row.original_centimes or 0, profile.decimal)
        if row.original_currency
        else "",
        "currency": profile.currency,
    }
    return [put[name] if name in put else str(getattr(row, name)) for name in names]


def _balances(
    profile: Profile, names: Sequence[str], opening: int, closing: int
) -> tuple[list[list[str]], list[list[str]]]:
    if not profile.rows.opening:
        return [], []
    rows = []
    for words, stated in ((profile.rows.opening, opening), (profile.rows.closing, closing)):
        cells = [""] * len(names)
        cells[names.index("label")] = words[0]
        other = "debit" if profile.received == "credit" else "credit"
        cells[names.index(profile.received if stated >= 0 else other)] = amount(
            abs(stated), profile.decimal
        )
        rows.append([cells])
    return rows[0], rows[1]


def write_csv(path: Path, cells: Iterable[Cells], profile: Profile) -> Path:
    separator = profile.separator or ";"
    lines = [separator.join(_quoted(str(cell), separator) for cell in row) for row in cells]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(profile.encoding or "utf-8"))
    return path


def _quoted(text: str, separator: str) -> str:
    return (
        f'"{text.replace(chr(34), chr(34) * 2)}"'
        if any(c in text for c in (separator, '"', "\n"))
        else text
    )


def write_xlsx(path: Path, cells: Iterable[Cells]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in cells:
        sheet.append([_typed(cell) for cell in row])
    book.save(path)
    return path


def _typed(cell: Any) -> Any:
    """Return a cell as a spreadsheet has it: an amount is a float."""
    if isinstance(cell, str) and cell.replace(",", "").lstrip("-").isdigit() and "," in cell:
        return float(cell.replace(",", "."))
    return cell or None


def write(path: Path, name: str, rows: Sequence[StatementRow], opening: int = 0) -> tuple[Path, Profile]:
    """Write a file in the layout of a profile of the house; the file's ending says text or workbook."""
    profile = find_profile(name)
    if profile.format == "camt053":
        path.write_text(camt(rows, opening, currency=profile.currency), encoding="utf-8")
    elif profile.format == "mt940":
        path.write_text(mt940(rows, opening), encoding="utf-8")
    elif path.suffix == ".xlsx":
        write_xlsx(path, table_of(profile, rows, opening))
    else:
        write_csv(path, table_of(profile, rows, opening), profile)
    return path, profile


def write_two(path: Path, *rows: StatementRow, opening: int = 0) -> tuple[Path, Profile]:
    """Write a text in two columns of amounts, the three movements where none are given."""
    return write(path, "sample-two-columns", rows or THREE, opening)


def ledger(profile: Profile, *accounts: tuple[str, Sequence[Cells]], total: Cells = ()) -> list[list[str]]:
    """Return a grand livre: a section for each account, its total, and the heading on each page again."""
    heading = [profile.columns[name][0] for name in profile.columns]
    cells: list[list[str]] = [heading]
    for account, rows in accounts:
        cells += [[f"Compte {account}"], *([str(cell) for cell in row] for row in rows)]
        cells += [["Total compte", "", "", "", "", "", "1,00", "1,00"], heading]
    return [*cells, [str(cell) for cell in total]] if total else cells


def camt(
    rows: Sequence[StatementRow], opening: int = 0, *, space: str = CAMT_02, currency: str = "MAD"
) -> str:
    """Return a statement of ISO 20022."""
    closing = opening + sum(row.amount for row in rows)
    entries = "".join(_entry(row, space, currency) for row in rows)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{space}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><FrToDt><FrDtTm>2024-01-01T00:00:00</FrDtTm>"
        "<ToDtTm>2024-01-31T00:00:00</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>007 780 0001</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>"
        f"{_camt_balance('OPBD', opening, currency)}{_camt_balance('CLBD', closing, currency)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def _side(centimes: int) -> str:
    return f"<CdtDbtInd>{'CRDT' if centimes >= 0 else 'DBIT'}</CdtDbtInd>"


def _camt_balance(code: str, centimes: int, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount(abs(centimes), ".")}</Amt>{_side(centimes)}</Bal>'
    )


def _entry(row: StatementRow, space: str, currency: str) -> str:
    newer = space != CAMT_02
    status = "<Sts><Cd>BOOK</Cd></Sts>" if newer else "<Sts>BOOK</Sts>"
    name = f"<Nm>{escape(row.counterparty)}</Nm>"
    role = "Dbtr" if row.amount > 0 else "Cdtr"
    party = f"<RltdPties><{role}>{f'<Pty>{name}</Pty>' if newer else name}</{role}></RltdPties>"
    original = ""
    if row.original_currency:
        value = amount(abs(row.original_centimes or 0), ".")
        original = (
            f'<AmtDtls><InstdAmt><Amt Ccy="{row.original_currency}">{value}</Amt></InstdAmt></AmtDtls>'
        )
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount(abs(row.amount), ".")}</Amt>{_side(row.amount)}{status}'
        f"<BookgDt><Dt>{row.day}</Dt></BookgDt><ValDt><Dt>{row.value_day or row.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{escape(row.operation)}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>"
        f"{escape(row.reference) or 'NOTPROVIDED'}</EndToEndId></Refs>{original}{party}"
        f"<RmtInf><Ustrd>{escape(row.label)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def mt940(rows: Sequence[StatementRow], opening: int = 0) -> str:
    """Return a statement of SWIFT."""
    closing = opening + sum(row.amount for row in rows)
    lines = [":20:STMT", ":25:0077800001", ":28C:1/1", f":60F:{_swift_balance(opening)}"]
    for row in rows:
        side = "C" if row.amount > 0 else "D"
        value = row.value_day or row.day
        tail = f"//{row.operation}" if row.operation else ""
        moved = f"{side}{amount(abs(row.amount))}NTRF{row.reference or 'NONREF'}{tail}"
        lines.append(f":61:{value:%y%m%d}{row.day:%m%d}{moved}")
        lines.append(f":86:{row.label}")
    return "\r\n".join([*lines, f":62F:{_swift_balance(closing)}", "-"]) + "\r\n"


def _swift_balance(centimes: int) -> str:
    return f"{'C' if centimes >= 0 else 'D'}240131MAD{amount(abs(centimes))}"
