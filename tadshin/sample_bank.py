"""The sample bank account of the demonstration and its ledger, brought in as every statement is."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from intake.statements.arrival import Folders, Wanted, bring_in
from models import db
from models.clock import local_day
from models.operations.statements import add_account
from models.queries.sample_bank import MARK, OPENING, sample_movements
from models.queries.statements import list_accounts
from models.rules.authority import Role
from models.rules.statement_files import StatementRow
from models.rules.statements import AccountKind
from models.settings import load_settings
from tadshin.story import RAHMA, TAMESNA

BANK, LEDGER = "sample-bank", "sample-ledger"
_PROFILES = {BANK: "sample-two-columns", LEDGER: "sample-ledger-account"}


def load_sample_bank(*, at: datetime) -> int:
    """Add a sample account with a statement, and its ledger; return how many lines came in.

    A second time it adds nothing. The projects of the demonstration's story are left alone.
    Source: docs/rules.md, S14.
    """
    with db.transaction() as session:
        if any(one.key == BANK for one in list_accounts(session)):
            return 0
        movements = sample_movements(session, local_day(at), (TAMESNA, RAHMA))
        if movements is None:
            return 0
        for key, kind, mirrors in ((BANK, AccountKind.BANK, None), (LEDGER, AccountKind.LEDGER, BANK)):
            add_account(
                session,
                key=key,
                kind=kind,
                name=MARK,
                currency="MAD",
                number="",
                profile=_PROFILES[key],
                mirrors=mirrors,
                by=Role.FINANCE.value,
                at=at,
            )
    settings = load_settings()
    folders = Folders(settings.statements_folder, settings.profiles_folder)
    with TemporaryDirectory() as folder:
        files = {
            BANK: write_statement(Path(folder) / "EXEMPLE-releve.csv", movements.bank),
            LEDGER: write_ledger(Path(folder) / "EXEMPLE-grand-livre.csv", movements.ledger),
        }
        arrived = [
            bring_in(Wanted(file, key), folders, by=Role.FINANCE.value, at=at)
            for key, file in files.items()
        ]
    return sum(one.summary.lines for one in arrived if one.summary is not None)


def write_statement(path: Path, rows: Sequence[StatementRow]) -> Path:
    """Write a statement with debit and credit in two columns, and its balances."""
    heads = ["Date opération", "Date valeur", "Libellé", "N° opération", "Débit", "Crédit"]
    lines = [
        [_day(row), _day(row), row.label, row.operation, *_sides(row.amount)]  # paid, then received
        for row in rows
    ]
    opening, closing = _balances(rows)
    whole = [["", "", "Solde initial", "", "", opening], *lines, ["", "", "Solde final", "", "", closing]]
    return _write(path, [heads, *whole], "cp1252")


def write_ledger(path: Path, rows: Sequence[StatementRow]) -> Path:
    """Write the ledger of one account, with what was carried forward."""
    heads = ["Date écriture", "Pièce", "Libellé", "Débit", "Crédit"]
    lines = [[_day(row), row.operation, row.label, *_sides(row.amount)[::-1]] for row in rows]
    opening, closing = _balances(rows)
    whole = [["", "", "À nouveau", opening, ""], *lines, ["", "", "Solde de clôture", closing, ""]]
    return _write(path, [heads, *whole], "utf-8")


def _balances(rows: Iterable[StatementRow]) -> tuple[str, str]:
    return _amount(OPENING), _amount(OPENING + sum(row.amount for row in rows))


def _sides(amount: int) -> list[str]:
    return ["", _amount(amount)] if amount > 0 else [_amount(-amount), ""]


def _day(row: StatementRow) -> str:
    return row.day.strftime("%d/%m/%Y")


def _amount(centimes: int) -> str:
    return f"{centimes // 100},{centimes % 100:02}"


def _write(path: Path, rows: Iterable[Sequence[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path
