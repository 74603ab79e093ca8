"""The balances of a bank and of its ledger on a day, from what their files state."""

from datetime import date, timedelta

from sqlmodel import Session

from models.queries.bank_ties import read_balance, read_tie
from models.rules.statements import LineState
from tests.operations.banked import ENDS_BEFORE, OPENING, make_month, move
from tests.operations.statements import make_account, make_file, write_line

END = OPENING + 200_000_50 - 45_00 - 7_777_77


def test_the_balance_is_what_the_file_states(staff: Session) -> None:
    """R50."""
    account, _file, _ledger = make_month(staff)

    whole = read_balance(staff, account.id, ENDS_BEFORE)
    half = read_balance(staff, account.id, date(2026, 3, 6))

    assert (whole.centimes, whole.stated, whole.until) == (END, True, date(2026, 3, 31))
    assert half.centimes == OPENING + 200_000_50


def test_without_an_opening_the_closing_tells(staff: Session) -> None:
    """R50."""
    account, file, _ledger = make_month(staff)
    file.opening_centimes = None

    assert read_balance(staff, account.id, date(2026, 3, 6)).centimes == OPENING + 200_000_50


def test_a_balance_that_no_file_states_is_said_to_be_none(staff: Session) -> None:
    """R50."""
    account = make_account(staff, "SILENT")
    file = make_file(staff, account)
    write_line(staff, file, 12_50)

    balance = read_balance(staff, account.id, ENDS_BEFORE)

    assert (balance.centimes, balance.stated) == (12_50, False)
    assert read_balance(staff, make_account(staff, "EMPTY").id, ENDS_BEFORE).until is None


def test_later_files_without_a_balance_go_on_from_it_and_repeat_nothing(staff: Session) -> None:
    """R50: a line that two exports have counts once."""
    account, _file, _ledger = make_month(staff)
    later = make_file(staff, account, "april.csv", ENDS_BEFORE - timedelta(days=1), date(2026, 5, 1))
    write_line(staff, later, 10_00, day=date(2026, 4, 2))
    write_line(staff, later, -45_00, day=date(2026, 4, 3)).state = LineState.DUPLICATE

    assert read_balance(staff, account.id, date(2026, 5, 1)).centimes == END + 10_00


def test_the_month_ties_to_the_centime(staff: Session) -> None:
    """R51 and R52."""
    account, _file, ledger = make_month(staff)

    tied = read_tie(staff, account.id, ENDS_BEFORE)
    assert tied is not None
    assert [one.amount for one in tied.only_bank] == [-45_00]
    assert [one.amount for one in tied.only_ledger] == [-12_000_00]
    assert [one.centimes for one in tied.differing] == [1_00]
    assert (tied.apart, tied.rest) == (11_956_00, 0)

    move(staff, ledger, 5_00, 31, label="Divers")
    ledger.closing_centimes = (ledger.closing_centimes or 0) + 1
    ledger.opening_centimes = OPENING + 1
    again = read_tie(staff, account.id, ENDS_BEFORE)
    assert again is not None
    assert again.rest == -1


def test_movements_between_statements_that_are_missing_are_an_item(staff: Session) -> None:
    """R51."""
    account, file, ledger = make_month(staff)
    april = make_file(staff, account, "april.csv", date(2026, 4, 10), date(2026, 5, 1))
    april.opening_centimes = april.closing_centimes = (file.closing_centimes or 0) + 30_00
    ledger.ends_before = date(2026, 5, 1)
    write_line(staff, ledger, 30_00, day=date(2026, 4, 5), label="Entre deux relevés")
    ledger.closing_centimes = (ledger.closing_centimes or 0) + 30_00

    tied = read_tie(staff, account.id, date(2026, 5, 1))

    assert tied is not None
    assert (tied.bank.missing, tied.rest) == (30_00, 0)


def test_an_account_without_a_ledger_is_tied_to_nothing(staff: Session) -> None:
    """R52."""
    assert read_tie(staff, make_account(staff, "ALONE").id, ENDS_BEFORE) is None
