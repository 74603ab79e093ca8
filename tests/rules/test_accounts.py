"""Golden tables: accounts of a contract with each deduction, worked by hand. Amounts in dirhams."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.rules.accounts import (
    Account,
    Claim,
    Standing,
    advance_due,
    measured,
    must_hold,
    retention_cap,
    settle,
    vat_in,
)
from models.rules.errors import BadValue
from models.rules.penalties import Amounts, delay_penalty, over_limits, special_cap
from models.rules.revision import passes_limit, revision_of
from models.rules.terms import Terms, part, terms_on

TERMS = terms_on([], date(2026, 1, 1))
TO_TEN = replace(TERMS, delay_cap=10_00)
MILLION = Amounts(initial=1_000_000_00)


@dataclass(frozen=True)
class Row:
    """One account of a table: what goes in on the left, what must come out on the right."""

    gross: int
    retention: int
    net: int
    recovered: int = 0
    delay: int = 0
    """The penalty for delay so far, in whole dirhams."""
    penalty: int = 0
    revision: int = 0
    last: bool = False
    bonds: int = 0
    """Retention bonds in force at the account."""
    amount: int = 0
    """The amount with amendments, where it changes."""


def after(before: Standing, account: Account) -> Standing:
    return replace(
        before,
        gross=before.gross + account.gross,
        retention_held=before.retention_held + account.retention,
        recovered=before.recovered + account.recovered,
        penalty_taken=before.penalty_taken + account.penalty - account.special,
    )


def check(rows: Iterable[Row], start: Standing, terms: Terms = TERMS) -> Standing:
    """Work each row of a table and compare it with what was worked by hand."""
    before = start
    for number, row in enumerate(rows, 1):
        bonds = row.bonds * 100
        amount = row.amount * 100 or before.amount
        before = replace(before, amount=amount, retention_bonds=bonds)
        claim = Claim(row.gross * 100, row.revision * 100, row.delay * 100, last=row.last)
        account = settle(claim, before, terms)
        worked = (account.retention, account.recovered, account.penalty, account.net)
        by_hand = tuple(100 * value for value in (row.retention, row.recovered, row.penalty, row.net))
        assert worked == by_hand, f"account {number}"
        before = after(before, account)
    return before


def test_the_worked_example() -> None:
    """W17: a tenth of each account, until 7 % of 1 000 000 = 70 000 is held."""
    table = [
        Row(gross=400_000, retention=40_000, net=360_000),
        Row(gross=400_000, retention=30_000, net=370_000),  # a tenth is 40 000; 70 000 − 40 000 = 30 000
        Row(gross=200_000, retention=0, net=200_000),
    ]

    end = check(table, Standing(MILLION.total))

    assert end.retention_held == retention_cap(MILLION.total, TERMS) == 70_000_00


@pytest.mark.parametrize(
    ("terms", "days", "due", "near", "at_cap"),
    [
        (TERMS, 0, 0, False, False),
        (TERMS, 1, 1_000, False, False),
        (TERMS, 63, 63_000, False, False),  # the cap is 8 %: 80 000; near it from 80 % of that: 64 000
        (TERMS, 64, 64_000, True, False),
        (TERMS, 79, 79_000, True, False),
        (TERMS, 80, 80_000, True, True),
        (TERMS, 100, 80_000, True, True),  # 100 days would be 100 000
        (TO_TEN, 99, 99_000, True, False),
        (TO_TEN, 100, 100_000, True, True),  # a contract with a cap of 10 %
        (TO_TEN, 101, 100_000, True, True),
    ],
)
def test_delay_costs_a_thousandth_a_day_up_to_the_cap(
    terms: Terms, days: int, due: int, near: bool, at_cap: bool
) -> None:
    """W14 and W15."""
    penalty = delay_penalty(MILLION, days, terms)

    assert (penalty.due, penalty.near, penalty.at_cap) == (due * 100, near, at_cap)


def test_the_cap_of_penalties_is_reached_mid_way() -> None:
    """W15: late by 50, then 75, then 90 days: 50 000, 75 000, then the cap of 80 000, not 90 000."""
    delays = [delay_penalty(MILLION, days, TERMS).due // 100 for days in (50, 75, 90)]
    assert delays == [50_000, 75_000, 80_000]
    table = [
        Row(gross=400_000, delay=50_000, retention=40_000, penalty=50_000, net=310_000),
        Row(gross=400_000, delay=75_000, retention=30_000, penalty=25_000, net=345_000),
        Row(gross=100_000, delay=80_000, retention=0, penalty=5_000, net=95_000),
        Row(gross=100_000, delay=80_000, retention=0, penalty=0, net=100_000),
    ]

    check(table, Standing(MILLION.total))


def test_extra_works_raise_base_and_cap_while_revision_does_not() -> None:
    """W14, W17 and W19: 100 000 of extra works; 1/1000 of 1 100 000 is 1 100 a day, the cap 88 000.

    The index goes from 200.00 to 220.00: revision adds 85 % × 10 % = 8.5 % to each price. It is retained
    from and paid, but no cap or base knows it: retention stops at 7 % of 1 100 000 = 77 000.
    """
    larger = replace(MILLION, extra_works=100_000_00)
    assert larger.penalty_base == 1_100_000_00
    assert delay_penalty(larger, 10, TERMS).due == 11_000_00
    assert delay_penalty(larger, 100, TERMS).cap == delay_penalty(larger, 100, TERMS).due == 88_000_00
    revised = revision_of(500_000_00, 220_00, 200_00, TERMS)
    assert revised == 42_500_00
    table = [
        # a tenth of 542 500
        Row(gross=500_000, revision=42_500, retention=54_250, net=488_250),
        # 70 000 − 54 250 = 15 750, before the amendment is signed
        Row(gross=400_000, revision=34_000, retention=15_750, net=418_250),
        # a tenth of 217 000 is 21 700; the amendment leaves 77 000 − 70 000 = 7 000
        Row(gross=200_000, revision=17_000, retention=7_000, net=210_000, amount=1_100_000),
    ]

    end = check(table, Standing(MILLION.total))

    assert end.retention_held == 77_000_00


def test_an_increase_in_mass_raises_the_base_and_a_decrease_leaves_it() -> None:
    """W14."""
    assert replace(MILLION, mass=50_000_00).penalty_base == 1_050_000_00
    assert replace(MILLION, mass=-50_000_00).penalty_base == 1_000_000_00
    assert replace(MILLION, other=50_000_00).penalty_base == 1_000_000_00
    assert replace(MILLION, mass=-50_000_00, other=1).total == 950_000_01


def test_a_bond_replaces_retention() -> None:
    """W17: 40 000 is held when a bond of 70 000 is lodged: nothing more is retained, 40 000 may go."""
    table = [
        Row(gross=400_000, retention=40_000, net=360_000),
        Row(gross=400_000, retention=0, net=400_000, bonds=70_000),
        Row(gross=200_000, retention=0, net=200_000, bonds=70_000),
    ]

    end = check(table, Standing(MILLION.total))

    assert end.retention_held - must_hold(end, TERMS) == 40_000_00


def test_a_bond_for_a_part_replaces_a_part() -> None:
    """W17: of 70 000, a bond stands for 50 000: 20 000 is retained."""
    table = [
        Row(gross=150_000, retention=15_000, net=135_000, bonds=50_000),
        Row(gross=150_000, retention=5_000, net=145_000, bonds=50_000),
        Row(gross=150_000, retention=0, net=150_000, bonds=50_000),
    ]

    check(table, Standing(MILLION.total))


def test_the_advance_is_recovered_before_the_end() -> None:
    """W18: 100 000 against 80 % of 1 000 000: an eighth of what is certified, all of it at 800 000."""
    table = [
        Row(gross=400_000, recovered=50_000, retention=40_000, net=310_000),
        Row(gross=200_000, recovered=25_000, retention=20_000, net=155_000),
        Row(gross=300_000, recovered=25_000, retention=10_000, net=265_000),  # an eighth is 37 500
        Row(gross=100_000, recovered=0, retention=0, net=100_000),
    ]

    end = check(table, Standing(MILLION.total, advance_given=100_000_00))

    assert end.advance_left == 0


def test_a_last_account_may_be_negative() -> None:
    """W21: measured again, the works are worth 50 000 less; 20 000 of the advance and 80 000 are open."""
    before = Standing(
        MILLION.total,
        gross=900_000_00,
        retention_held=70_000_00,
        advance_given=100_000_00,
        recovered=80_000_00,
    )
    # −50 000 − 20 000 − 80 000 = −150 000; nothing is retained of less than nothing
    table = [
        Row(
            gross=-50_000,
            delay=80_000,
            recovered=20_000,
            retention=0,
            penalty=80_000,
            net=-150_000,
            last=True,
        )
    ]

    check(table, before)


def test_what_an_account_cannot_bear_waits_for_the_next() -> None:
    """W21: 10 000 − 1 000 retained leaves 9 000; of the penalty of 12 000, 3 000 waits."""
    table = [
        Row(gross=10_000, delay=12_000, retention=1_000, penalty=9_000, net=0),
        Row(gross=10_000, delay=12_000, retention=1_000, penalty=3_000, net=6_000),
        # an amendment for time has taken the delay away again
        Row(gross=10_000, delay=0, retention=1_000, penalty=-12_000, net=21_000),
    ]

    check(table, Standing(MILLION.total))


def test_a_penalty_for_another_reason_is_kept_apart() -> None:
    """W15 and W21."""
    account = settle(Claim(100_000_00, delay=5_000_00, special=2_000_00), Standing(MILLION.total), TERMS)

    assert (account.penalty, account.special, account.net) == (7_000_00, 2_000_00, 83_000_00)
    assert special_cap(MILLION, TERMS) == 20_000_00
    with pytest.raises(BadValue):
        settle(Claim(1_000_00, special=900_01), Standing(MILLION.total), TERMS)


def test_the_tax_is_split_and_withheld_only_where_the_contract_says_so() -> None:
    """W20: 120 000 with all taxes hold 20 000 of VAT at 20 %, and 10 909.09 at 10 %."""
    withheld = replace(TERMS, vat_withheld=75_00)
    account = settle(Claim(120_000_00), Standing(MILLION.total), withheld)

    assert (account.vat, account.vat_withheld, account.net) == (20_000_00, 15_000_00, 93_000_00)
    assert settle(Claim(120_000_00), Standing(MILLION.total), TERMS).vat_withheld == 0
    assert vat_in(120_000_00, replace(TERMS, vat=10_00)) == 10_909_09
    assert vat_in(-120_000_00, TERMS) == -20_000_00


def test_prices_follow_their_index_but_for_the_fixed_part() -> None:
    """W19: P = P0 × (0.15 + 0.85 × I / I0)."""
    assert revision_of(1_000_000_00, 100_00, 100_00, TERMS) == 0
    assert revision_of(1_000_000_00, 110_00, 100_00, TERMS) == 85_000_00
    assert revision_of(1_000_000_00, 90_00, 100_00, TERMS) == -85_000_00
    assert revision_of(1_000_000_00, 103_70, 101_30, TERMS) == 20_138_20  # 0.85 × 2.40 / 101.30
    # 85 % of an index of +58.82 % is 49.997 %, of +58.83 % it is 50.0055 %
    assert not passes_limit(158_82, 100_00, TERMS)
    assert passes_limit(158_83, 100_00, TERMS)


def test_an_advance_is_due_from_a_size_and_a_time_on() -> None:
    """W18: a tenth up to ten million, a twentieth above, twenty million at most."""
    due = {
        (499_999_99, 365): 0,
        (500_000_00, 119): 0,
        (500_000_00, 120): 50_000_00,
        (10_000_000_00, 365): 1_000_000_00,
        (12_000_000_00, 365): 1_100_000_00,
        (390_000_000_00, 365): 20_000_000_00,
        (500_000_000_00, 365): 20_000_000_00,
    }

    assert {given: advance_due(*given, TERMS) for given in due} == due


def test_quantities_are_priced_line_by_line() -> None:
    """W22: 1.005 × 0.10 is 0.1005, so 0.10; 2.5 × 3.33 is 8.325, to the even centime 8.32."""
    assert measured([(1_005, 10)]) == 10
    assert measured([(2_500, 3_33)]) == 8_32
    assert measured([(1_005, 10), (2_500, 3_33), (1_000_000, 1_00)]) == 10 + 8_32 + 1_000_00


def test_what_passes_the_limits_of_amendments_is_told() -> None:
    """W16: 10 % of extra works and of increase in mass, 25 % of decrease."""
    assert over_limits(replace(MILLION, extra_works=100_000_00, mass=100_000_00), TERMS) == {}
    assert over_limits(replace(MILLION, extra_works=100_000_01, mass=100_000_02), TERMS) == {
        "extra_works": 1,
        "mass_increase": 2,
    }
    assert over_limits(replace(MILLION, mass=-250_000_01), TERMS) == {"mass_decrease": 1}


CENTIMES = st.integers(0, 50_000_000_00)


@example(amount=1_00, advance=1, accounts=[(0, 1, 1), (80, -80, 0)], withheld=0, ends=False)
@given(
    amount=st.integers(1_00, 100_000_000_00),
    advance=CENTIMES,
    accounts=st.lists(st.tuples(CENTIMES, st.integers(-1_000_000_00, 1_000_000_00), CENTIMES), max_size=8),
    withheld=st.integers(0, 100_00),
    ends=st.booleans(),
)
def test_no_history_breaks_a_limit(
    amount: int, advance: int, accounts: list[tuple[int, int, int]], withheld: int, ends: bool
) -> None:
    """W17, W18, W20 and W21: over any history of accounts."""
    terms = replace(TERMS, vat_withheld=withheld)
    before = Standing(amount, advance_given=advance)
    for place, (gross, revision, delay) in enumerate(accounts):
        last = ends and place == len(accounts) - 1
        claim = Claim(gross, max(revision, -gross), delay, last=last)
        account = settle(claim, before, terms)
        before = after(before, account)

        assert before.retention_held <= retention_cap(amount, terms)
        assert account.retention <= part(gross + claim.revision, terms.retention)
        assert 0 <= before.recovered <= advance
        assert min(account.retention, account.recovered) >= 0
        parts = account.retention + account.recovered + account.penalty + account.vat_withheld
        assert account.net + parts == gross + claim.revision
        assert last or account.net >= 0
        assert not last or before.advance_left == 0
        assert not last or before.penalty_taken == delay
        if before.gross * 10_000 >= amount * terms.advance_recovered_by and account.net > 0:
            assert before.advance_left == 0
