"""A bank account with its ledger, and a month of movements that both have, or one of them alone."""

from datetime import date

from sqlmodel import Session

from models.rules.statements import AccountKind
from models.tables import StatementAccount, StatementFile
from tests.operations.statements import Bank, make_account, make_bank, make_file, write_line

STARTS, ENDS_BEFORE = date(2026, 3, 1), date(2026, 4, 1)
OPENING = 1_000_000_00


def make_ledger(session: Session, bank: Bank, key: str = "GL-5141") -> StatementFile:
    """Return the ledger's file of the month, which begins with the bank's balance."""
    ledger = make_account(session, key, kind=AccountKind.LEDGER, mirrors_id=bank.account.id)
    file = make_file(session, ledger, "grand-livre.csv", STARTS, ENDS_BEFORE)
    file.opening_centimes = file.closing_centimes = OPENING
    return file


def move(session: Session, file: StatementFile, centimes: int, day: int, **said: str) -> None:
    """Write a movement of March, and let the closing balance follow."""
    write_line(session, file, centimes, day=date(2026, 3, day), **said)
    file.closing_centimes = (file.closing_centimes or 0) + centimes


def make_month(session: Session) -> tuple[StatementAccount, StatementFile, StatementFile]:
    """The bank has a fee alone, the ledger a cheque alone, and of one movement the amounts differ."""
    bank = make_bank(session)
    file = bank.file
    file.starts_on, file.ends_before = STARTS, ENDS_BEFORE
    file.opening_centimes = file.closing_centimes = OPENING
    ledger = make_ledger(session, bank)
    move(session, file, 200_000_50, 2, reference="AF-2026-0002", counterparty="Sample council")
    move(session, file, -45_00, 6, label="DIVERS")
    move(session, file, -7_777_77, 12, label="=cmd() <script>\u202e", operation="112233")
    move(session, ledger, 200_000_50, 3, label="Encaissement")
    move(session, ledger, -7_778_77, 12, label="Divers", operation="112233")
    move(session, ledger, -12_000_00, 30, label="Chèque 4411")
    return bank.account, file, ledger
