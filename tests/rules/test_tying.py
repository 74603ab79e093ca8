"""Bank and ledger tied by listed items, to the centime."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models.rules.tying import APART, Anchor, Balance, Movement, anchor_of, names_of, tie

DAY = date(2026, 3, 2)


def moved(number: int, amount: int, days: int = 0, *names: str) -> Movement:
    return Movement(UUID(int=number), DAY + timedelta(days=days), amount, names=names_of(*names))


def of(movements: Sequence[Movement], opening: int = 0) -> Balance:
    return Balance(opening + sum(one.amount for one in movements), stated=True)


def test_what_both_have_is_not_listed() -> None:
    """R51: the ledger may write it a month before or after the bank."""
    bank = [moved(1, 100_00), moved(2, -50_00, 3)]
    ledger = [moved(11, 100_00, -APART.days), moved(12, -50_00, 3 + APART.days)]

    tied = tie(bank, ledger, (of(bank), of(ledger)))

    assert (tied.only_bank, tied.only_ledger, tied.differing, tied.rest) == ((), (), (), 0)


def test_a_day_more_and_both_are_listed() -> None:
    """R51."""
    bank, ledger = [moved(1, 100_00)], [moved(11, 100_00, APART.days + 1)]

    tied = tie(bank, ledger, (of(bank), of(ledger)))

    assert (len(tied.only_bank), len(tied.only_ledger), tied.rest) == (1, 1, 0)


def test_a_shared_name_goes_before_a_nearer_day() -> None:
    """R51: of two alike, the one of the same number is the same."""
    bank = [moved(1, 100_00, 0, "VIR-0001"), moved(2, 100_00, 1, "VIR-0002")]
    ledger = [moved(11, 100_00, 0, "vir 0002"), moved(12, 100_00, 40, "VIR0001")]

    tied = tie(bank, ledger, (of(bank), of(ledger)))

    assert [one.id.int for one in tied.only_bank] == [1]
    assert [one.id.int for one in tied.only_ledger] == [12]


def test_one_movement_with_two_amounts_is_a_difference() -> None:
    """R51."""
    bank, ledger = [moved(1, 100_00, 0, "CHQ-7781")], [moved(11, 100_50, 2, "CHQ 7781")]

    tied = tie(bank, ledger, (of(bank), of(ledger)))

    assert [one.centimes for one in tied.differing] == [-50]
    assert (tied.only_bank, tied.only_ledger, tied.rest) == ((), (), 0)


def test_money_that_went_the_other_way_is_no_difference() -> None:
    """R51."""
    bank, ledger = [moved(1, 100_00, 0, "CHQ-7781")], [moved(11, -100_50, 2, "CHQ-7781")]

    tied = tie(bank, ledger, (of(bank), of(ledger)))

    assert (tied.differing, len(tied.only_bank), len(tied.only_ledger)) == ((), 1, 1)


def test_what_no_item_explains_is_the_rest() -> None:
    """R52: one centime in the opening balance is told."""
    bank, ledger = [moved(1, 100_00)], [moved(11, 100_00)]

    tied = tie(bank, ledger, (of(bank, 1), of(ledger)))

    assert tied.rest == 1


def test_a_statement_that_is_missing_is_an_item() -> None:
    """R51: the balances of two files tell what was moved between them."""
    bank, ledger = [moved(1, 100_00)], [moved(11, 100_00), moved(12, 30_00)]
    known = replace(of(bank, 30_00), missing=30_00)

    tied = tie(bank, ledger, (known, of(ledger)))

    assert (tied.explained, tied.rest, len(tied.only_ledger)) == (0, 0, 1)


MOVEMENTS = st.lists(
    st.tuples(
        st.integers(-5, 5).filter(bool), st.integers(0, 80), st.sampled_from(["", "NO-1001", "NO-1002"])
    ),
    max_size=12,
)


@given(MOVEMENTS, MOVEMENTS, st.integers(-3, 3))
def test_items_explain_all_but_the_openings_in_whatever_order(
    ours: list[tuple[int, int, str]], theirs: list[tuple[int, int, str]], opening: int
) -> None:
    """R51 and R52: to the centime, and the same whatever the order of the rows."""
    bank = [moved(number, *one) for number, one in enumerate(ours)]
    ledger = [moved(100 + number, *one) for number, one in enumerate(theirs)]
    tied = tie(bank, ledger, (of(bank, opening), of(ledger)))

    assert tied.rest == opening
    assert tie(bank[::-1], ledger[::-1], (of(bank, opening), of(ledger))) == tied
    listed = [one.id for one in (*tied.only_bank, *(pair.bank for pair in tied.differing))]
    assert len(listed) == len(set(listed)) <= len(bank)


def test_the_last_file_that_states_a_balance_is_the_anchor() -> None:
    """R50."""
    early = Anchor(UUID(int=1), DAY, DAY + timedelta(days=10), 0, 5)
    late = Anchor(UUID(int=2), DAY + timedelta(days=5), DAY + timedelta(days=20), None, 7)
    silent = Anchor(UUID(int=3), DAY + timedelta(days=9), DAY + timedelta(days=30), None, None)

    assert anchor_of([late, early, silent], DAY + timedelta(days=31)) is late
    assert anchor_of([late, early, silent], DAY + timedelta(days=5)) is early
    assert anchor_of([silent], DAY + timedelta(days=31)) is None
