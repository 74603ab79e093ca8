"""Random histories of partners' money: whatever happens, in any order, the books add up to the centime."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from models import db
from models.clock import local_day
from models.operations import funding_calls, funding_watch, receipts, releases
from models.queries.funding import ageing, free_receipts, open_calls, positions
from models.rules.errors import CentreError
from models.rules.money import Money
from models.rules.tranches import CallState, PlannedTranche, ReleaseKind
from models.tables import Allocation, Commitment, FundingCall, Parcel, Partner, Person, Receipt, Tranche
from tests.builders import AT
from tests.operations.promised import (
    PARTNER,
    PROMISED,
    REASON,
    REFERENCE,
    on_day,
    on_progress,
    plan,
    prepare,
    progress,
    promise,
    promised_centre,
)

_lives = count(1)
STEP = st.tuples(st.integers(0, 12), st.integers(0, 2**16), st.integers(1, 3_000_000_00))
EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Life:
    """One project of one partner; `came` is what a clerk would have on paper of its receipts."""

    def __init__(self, session: Session) -> None:
        self.session, self.key, self.at = session, f"life-{next(_lives)}", AT
        if session.exec(select(Person.id)).first() is None:
            prepare(session)
        self.project = promised_centre(session, self.key)
        self.partner = session.exec(select(Partner.id).where(Partner.key == PARTNER)).one()
        self.came: dict[str, int] = {}

    @property
    def here(self) -> dict[str, Any]:
        return {"project": self.key, "at": self.at}

    @property
    def ours(self) -> dict[str, Any]:
        return self.here | {"partner": PARTNER, "by": "finance"}

    @property
    def today(self) -> date:
        return local_day(self.at)

    def pick(self, chance: int, *states: CallState) -> FundingCall | None:
        calls = self.session.exec(
            select(FundingCall)
            .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
            .where(col(FundingCall.state).in_(states), Tranche.commitment_id == self.commitment())
            .order_by(col(Tranche.number), col(FundingCall.drafted_at))
        ).all()
        return calls[chance % len(calls)] if calls else None

    def commitment(self) -> Any:
        return self.session.exec(
            select(Commitment.id).where(Commitment.project_id == self.project.id)
        ).one()


def make_plan(life: Life, chance: int, amount: int) -> None:
    left = positions(life.session, projects=[life.key])[0].sums.committed
    cut = min(amount, left - 1)
    planned: list[PlannedTranche] = [on_day(life.today + timedelta(days=chance % 60 - 30), Money(cut))]
    planned.append(on_progress(1 + chance % 100, Money(left - cut)))
    plan(life.session, *planned, project=life.key, at=life.at)


def add_to_plan(life: Life, chance: int, amount: int) -> None:
    """Part the last tranche in two, and leave the others as they are."""
    rows = life.session.exec(
        select(Tranche).where(Tranche.commitment_id == life.commitment()).order_by(col(Tranche.number))
    ).all()
    planned = [
        PlannedTranche(Money(t.amount_centimes), t.trigger, t.expected_on, t.stage, t.progress, t.document)
        for t in rows
    ]
    last = planned.pop()
    cut = min(amount, last.amount.centimes - 1)
    planned += [on_day(life.today, Money(cut)), on_day(life.today, last.amount - Money(cut))]
    plan(life.session, *planned, project=life.key, at=life.at)


def file_progress(life: Life, chance: int, _amount: int) -> None:
    progress(life.session, chance % 101, **life.here, on=life.today)


def look(life: Life, _chance: int, _amount: int) -> None:
    funding_watch.watch(life.session, at=life.at)


def issue(life: Life, chance: int, _amount: int) -> None:
    draft = life.pick(chance, CallState.DRAFT)
    if draft is not None:
        on = life.today - timedelta(days=chance % 7)
        funding_calls.issue_call(life.session, call=draft.id, on=on, by="finance", at=life.at)


def withdraw(life: Life, chance: int, _amount: int) -> None:
    call = life.pick(chance, CallState.DRAFT, CallState.ISSUED)
    if call is not None:
        funding_calls.withdraw_call(life.session, call=call.id, reason=REASON, by="finance", at=life.at)


def draft_again(life: Life, chance: int, _amount: int) -> None:
    call = life.pick(chance, CallState.WITHDRAWN)
    if call is not None:
        funding_calls.draft_again(life.session, call=call.id, reason=REASON, by="finance", at=life.at)


def receive(life: Life, chance: int, amount: int) -> None:
    reference, day = f"VIR-{chance % 50}", life.today - timedelta(days=chance % 9)
    done = receipts.enter_receipt(
        life.session, **life.ours, amount=Money(amount), received_on=day, reference=reference
    )
    if done.changed:
        life.came[reference] = amount


def correct(life: Life, chance: int, amount: int) -> None:
    if life.came:
        reference = sorted(life.came)[chance % len(life.came)]
        right = 0 if chance % 3 == 0 else amount
        receipts.correct_receipt(
            life.session, **life.ours, amount=Money(right), reference=reference, reason=REASON
        )
        life.came[reference] = right


def release(life: Life, chance: int, amount: int) -> None:
    releases.release_commitment(
        life.session,
        **life.ours,
        commitment=REFERENCE,
        kind=ReleaseKind.WRITTEN_OFF,
        amount=Money(amount // 4 if chance % 2 else -amount // 4),
        decided_on=life.today - timedelta(days=chance % 5),
        reference=f"DEC-{chance}",
        proposed_by="officer",
    )


def promise_again(life: Life, chance: int, _amount: int) -> None:
    """Correct the day of the signature, or take it away."""
    on = None if chance % 4 == 0 else life.today - timedelta(days=chance % 400)
    promise(life.session, project=life.key, signed_on=on, at=life.at)


def use_advance(life: Life, _chance: int, _amount: int) -> None:
    receipts.apply_advance(life.session, **life.ours)


STEPS: tuple[Callable[[Life, int, int], None], ...] = (
    *(make_plan, add_to_plan, file_progress, look, issue, issue),
    *(withdraw, draft_again, receive, correct, release, use_advance, promise_again),
)


def live(life: Life, steps: list[tuple[int, int, int]]) -> None:
    """Take the steps, each whole or not at all; look at the books after every one."""
    make_plan(life, 30, 1_000_000_00)
    for which, chance, amount in steps:
        life.at += timedelta(hours=chance % 200)
        came = dict(life.came)
        try:
            with life.session.begin_nested():
                STEPS[which](life, chance, amount)
        except CentreError:
            life.came = came
        look_at_the_books(life)


def look_at_the_books(life: Life) -> None:
    session = life.session
    (position,) = positions(session, projects=[life.key])
    sums = position.sums
    assert sums.committed == sums.called + sums.not_yet_due
    assert sums.called == sums.paid + sums.outstanding
    assert sums.received == sums.paid + sums.advance == sum(life.came.values())
    assert min(sums.committed, sums.not_yet_due, sums.outstanding, sums.advance) >= 0
    assert sums.called <= sums.planned <= sums.committed <= PROMISED.centimes
    owed = open_calls(session, life.project.id, life.partner)
    assert sum(call.lacks for call in owed) == sums.outstanding
    assert (
        sum(line.total for line in ageing(session, on=life.today, projects=[life.key])) == sums.outstanding
    )
    assert sum(free for _, free in free_receipts(session, life.project.id, life.partner)) == sums.advance
    _no_call_is_double(life)


def _no_call_is_double(life: Life) -> None:
    calls = life.session.exec(
        select(FundingCall)
        .join(Tranche, col(Tranche.id) == col(FundingCall.tranche_id))
        .where(Tranche.commitment_id == life.commitment())
    ).all()
    living = Counter(call.tranche_id for call in calls if call.state is not CallState.WITHDRAWN)
    assert set(living.values()) <= {1}
    paid = dict(
        life.session.exec(
            select(col(Allocation.call_id), func.sum(col(Allocation.amount_centimes))).group_by(
                col(Allocation.call_id)
            )
        ).all()
    )
    for call in calls:
        most = call.amount_centimes if call.state is CallState.ISSUED else 0
        assert 0 <= paid.get(call.id, 0) <= most


def look_back(life: Life) -> None:
    """On every day of the past the books added up too, and nobody was told twice."""
    days = (life.today - AT.date()).days + 1
    for day in (AT.date() + timedelta(days=past) for past in range(-10, days)):
        for position in positions(life.session, projects=[life.key], on=day):
            sums = position.sums
            assert min(sums.outstanding, sums.advance, sums.received, sums.paid) >= 0
            assert min(sums.committed, sums.not_yet_due) >= 0
            lines = ageing(life.session, on=day, projects=[life.key])
            assert sum(line.total for line in lines) == sums.outstanding
    numbers = life.session.exec(
        select(FundingCall.number).where(col(FundingCall.number).is_not(None))
    ).all()
    years: Mapping[str, int] = Counter(str(number)[3:7] for number in numbers)
    expected = {f"AF-{year}-{place:04d}" for year, most in years.items() for place in range(1, most + 1)}
    assert set(numbers) == expected
    keys = life.session.exec(select(Parcel.key)).all()
    assert len(keys) == len(set(keys))
    entered = life.session.exec(
        select(Receipt.reference).where(
            Receipt.project_id == life.project.id, col(Receipt.corrects_id).is_(None)
        )
    ).all()
    assert set(entered) == set(life.came)


@EXAMPLES
@given(st.lists(STEP, min_size=5, max_size=30))
def test_the_books_add_up_whatever_happens(database: Engine, steps: list[tuple[int, int, int]]) -> None:
    """V4 to V20."""
    with db.transaction(database) as session:
        life = Life(session)
        live(life, steps)
        look_back(life)
