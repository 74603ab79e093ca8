"""Who may decide on which amount, at the edges of the bands (docs/rules.md, B5 and B6)."""

from uuid import UUID

import pytest

from models.rules.authority import Actor, Grant, NotAllowed, Place, Role
from models.rules.four_eyes import (
    ALONE,
    FINANCE,
    AboveBand,
    MoneyChange,
    OwnProposal,
    SecondNeeded,
    check_decider,
    check_hands,
    deciders,
    may_decide,
    name_of,
    needs_second,
)
from models.rules.money import Money

HERE = Place("rahma", "oriental")
FINANCIER = Actor("finance", (Grant(Role.FINANCE),))
DIRECTOR = Actor("director", (Grant(Role.DIRECTOR),))
BANDS = [(change, limit) for change, limit in FINANCE.items() if limit is not None]


@pytest.mark.parametrize(("change", "limit"), BANDS)
def test_finance_decides_up_to_its_band_and_a_director_above(change: MoneyChange, limit: Money) -> None:
    for amount in (limit, Money(-limit.centimes)):
        check_decider(FINANCIER, change, amount, HERE, "other")
    for amount in (limit + Money(1), Money(-1) - limit, Money(1, "EUR")):
        with pytest.raises(AboveBand) as refused:
            check_decider(FINANCIER, change, amount, HERE, "other")
        assert (refused.value.details["limit"], refused.value.details["who"]) == (limit, (Role.DIRECTOR,))
        check_decider(DIRECTOR, change, amount, HERE, "other")


def test_a_director_of_another_region_is_none_here() -> None:
    both = Actor("both", (Grant(Role.FINANCE), Grant(Role.DIRECTOR, region="fes-meknes")))
    with pytest.raises(AboveBand):
        check_decider(both, MoneyChange.BUDGET_REVISION, Money(10**12), HERE, "other")


@pytest.mark.parametrize(("change", "limit"), BANDS)
def test_who_decides_follows_the_bands(change: MoneyChange, limit: Money) -> None:
    """B5."""
    assert deciders(change, limit) == (Role.FINANCE, Role.DIRECTOR)
    for amount in (limit + Money(1), Money(-1) - limit, Money(1, "EUR")):
        assert deciders(change, amount) == (Role.DIRECTOR,)
        assert may_decide(DIRECTOR, change, amount, HERE, "other")
        assert not may_decide(FINANCIER, change, amount, HERE, "other")
    assert may_decide(FINANCIER, change, limit, HERE, "other")
    assert not may_decide(FINANCIER, change, limit, HERE, "finance")


def test_a_proposal_is_shown_by_eight_signs() -> None:
    """X35."""
    assert name_of(UUID("1A2B3C4D-5e6f-4000-8000-000000000000")) == "1a2b3c4d"


@pytest.mark.parametrize("change", MoneyChange)
def test_nobody_decides_on_their_own_proposal(change: MoneyChange) -> None:
    for actor in (FINANCIER, DIRECTOR):
        with pytest.raises(OwnProposal):
            check_decider(actor, change, Money(1), HERE, actor.login)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_do_not_decide(role: Role) -> None:
    with pytest.raises(NotAllowed):
        check_decider(Actor("x", (Grant(role),)), MoneyChange.BUDGET_TRANSFER, Money(1), HERE, "other")


def test_small_commitments_and_matches_are_written_by_one_person_and_nothing_else_is() -> None:
    assert set(ALONE) == {
        MoneyChange.COMMITMENT,
        MoneyChange.COMMITMENT_IMPORT,
        MoneyChange.BANK_MATCH,
    }
    for change, limit in ALONE.items():
        assert not needs_second(change, limit)
        assert needs_second(change, limit + Money(1))
    others = set(MoneyChange) - set(ALONE)
    assert all(needs_second(change, Money(1)) for change in others)


@pytest.mark.parametrize("change", MoneyChange)
def test_whoever_writes_asks_whose_hands_are_under_it(change: MoneyChange) -> None:
    """B5 and B6: at the edge of what one person writes alone, whatever the door."""
    alone = ALONE.get(change)
    if alone is not None:
        check_hands(change, alone, "officer", None)
    above = alone + Money(1) if alone is not None else Money(1)
    check_hands(change, above, "officer", "finance")
    with pytest.raises(SecondNeeded) as refused:
        check_hands(change, above, "officer", None)
    assert (refused.value.details["change"], refused.value.details["amount"]) == (change, above)
    with pytest.raises(OwnProposal):
        check_hands(change, above, "officer", "officer")
