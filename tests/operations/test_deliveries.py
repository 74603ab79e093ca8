"""Addressing, claiming and marking deliveries (docs/rules.md, O1 to O9)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import db
from models.operations.deliveries import Outgoing, address, claim, mark_failed, mark_sent, retry
from models.rules.authority import NotAllowed, Role
from models.rules.deliveries import LEASE, MOST_ATTEMPTS
from models.rules.errors import UnknownKey
from models.rules.kinds import Sector
from models.settings import Channel
from models.tables import ChatThread, Delivery, DeliveryState, Parcel
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.at_once import together
from tests.operations.parcels import AR, CHANNELS, FR, find_deliveries, outcomes, tell

SECOND = timedelta(seconds=1)


def take(session: Session, at: object = AT, limit: int = 10, **which: str) -> list[Outgoing]:
    return claim(session, worker="test", at=at, limit=limit, **which)  # type: ignore[arg-type]


def give_up(session: Session, outcome: str = "invalid_auth") -> Outgoing:
    """Leave one delivery of a new project that was given up."""
    tell(session, make_project(session), "a")
    address(session, channels=[FR], at=AT)
    [outgoing] = take(session)
    mark_failed(session, delivery=outgoing, at=AT, outcome=outcome, permanent=True)
    return outgoing


def test_a_parcel_is_addressed_once_to_each_channel_it_concerns(session: Session) -> None:
    project = make_project(session, sector=Sector.HEALTH, region="oriental")
    tell(session, project, "a")
    channels = [
        AR,
        Channel(name="#health", language="fr", sector=Sector.HEALTH),
        Channel(name="#precarity", language="fr", sector=Sector.PRECARITY),
        Channel(name="#oriental", language="fr", region="oriental"),
        Channel(name="#south", language="fr", region="souss-massa"),
        Channel(name="#both", language="fr", sector=Sector.HEALTH, region="souss-massa"),
    ]

    assert address(session, channels=channels, at=AT) == 1
    assert address(session, channels=channels, at=AT) == 0
    assert [delivery.channel for delivery in find_deliveries(session)] == ["#ar", "#health", "#oriental"]


def test_one_channel_named_twice_hears_once_in_each_language(session: Session) -> None:
    tell(session, make_project(session), "a")
    twice = [
        AR,
        Channel(name="#ar", language="ar", sector=Sector.HEALTH),
        Channel(name="#ar", language="fr"),
    ]

    address(session, channels=twice, at=AT)

    assert [(d.channel, d.language) for d in find_deliveries(session)] == [("#ar", "ar"), ("#ar", "fr")]


def test_a_fact_of_no_project_goes_to_every_channel_and_one_of_no_channel_is_done_with(
    session: Session,
) -> None:
    tell(session, None, "a")
    limited = Channel(name="#south", language="fr", sector=Sector.PRECARITY, region="souss-massa")

    address(session, channels=[AR, limited], at=AT)
    tell(session, make_project(session), "b")
    address(session, channels=[limited], at=AT)

    assert [delivery.channel for delivery in find_deliveries(session)] == ["#ar", "#south"]
    assert session.exec(select(Parcel).where(Parcel.addressed_at == None)).all() == []  # noqa: E711


def test_deliveries_rise_in_the_order_of_writing_whatever_the_clock_says(session: Session) -> None:
    project = make_project(session)
    for number, hours in enumerate((5, 0, 3)):
        session.add(
            Parcel(
                key=f"{number}",
                kind="stage_entered",
                project_id=project.id,
                payload=f'{{"n":{number}}}',
                created_at=AT + timedelta(hours=hours),
            )
        )
        session.flush()
    address(session, channels=[FR], at=AT)

    seen = []
    while taken := take(session):
        seen += [outgoing.payload["n"] for outgoing in taken]
        mark_sent(session, delivery=taken[0], provider_id="1", at=AT)

    assert seen == [0, 1, 2]


def test_only_the_earliest_unsent_of_each_thread_is_taken(session: Session) -> None:
    first, second = make_project(session, "first"), make_project(session, "second")
    for key, project in (("a", first), ("b", first), ("c", second), ("d", second)):
        tell(session, project, key)
    address(session, channels=CHANNELS, at=AT)

    taken = take(session)

    assert {(o.project.key, o.channel) for o in taken if o.project} == {
        ("first", "#ar"),
        ("first", "#fr"),
        ("second", "#ar"),
        ("second", "#fr"),
    }
    assert len(taken) == 4
    assert take(session) == []


def test_a_claim_can_be_limited_to_a_channel_and_a_number(session: Session) -> None:
    for key in ("a", "b", "c"):
        tell(session, make_project(session, f"project-{key}"), key)
    address(session, channels=CHANNELS, at=AT)

    taken = take(session, limit=2, channel="#fr")

    assert [(o.channel, o.project.key) for o in taken if o.project] == [
        ("#fr", "project-a"),
        ("#fr", "project-b"),
    ]


def test_a_crash_while_sending_is_seen_as_an_attempt_when_the_lease_is_over(session: Session) -> None:
    tell(session, make_project(session), "a")
    address(session, channels=[FR], at=AT)
    [first] = take(session)

    assert take(session, AT + LEASE) == []
    [second] = take(session, AT + LEASE + SECOND)

    assert (first.attempt, second.attempt) == (1, 2)
    assert second.first_tried_at == AT
    assert outcomes(session) == ["cut_short"]


def test_what_always_cuts_its_worker_short_is_given_up(session: Session) -> None:
    tell(session, make_project(session), "a")
    address(session, channels=[FR], at=AT)
    at = AT
    while take(session, at):
        at += LEASE + SECOND

    [delivery] = find_deliveries(session)
    assert (delivery.state, delivery.attempts) == (DeliveryState.GIVEN_UP, MOST_ATTEMPTS)
    assert outcomes(session) == ["cut_short"] * MOST_ATTEMPTS


def test_the_first_message_sent_opens_the_thread_for_the_later_ones(session: Session) -> None:
    project = make_project(session)
    tell(session, project, "a")
    tell(session, project, "b")
    address(session, channels=CHANNELS, at=AT)

    for outgoing in take(session):
        assert outgoing.thread == ""
        mark_sent(session, delivery=outgoing, provider_id=f"root {outgoing.channel}", at=AT)
    later = take(session)
    for outgoing in later:
        mark_sent(session, delivery=outgoing, provider_id="reply", at=AT)

    assert sorted(outgoing.thread for outgoing in later) == ["root #ar", "root #fr"]
    assert len(session.exec(select(ChatThread)).all()) == 2
    assert {delivery.state for delivery in find_deliveries(session)} == {DeliveryState.SENT}


def test_a_failed_delivery_waits_longer_each_time_and_keeps_its_thread_in_order(session: Session) -> None:
    project = make_project(session)
    tell(session, project, "a")
    tell(session, project, "b")
    address(session, channels=[FR], at=AT)
    [first] = take(session)

    state = mark_failed(session, delivery=first, at=AT, outcome="timed_out")

    assert state is DeliveryState.PENDING
    assert take(session, AT + SECOND) == []
    [again] = take(session, AT + 2 * SECOND)
    assert (again.delivery, again.attempt) == (first.delivery, 2)
    mark_failed(session, delivery=again, at=AT + 2 * SECOND, outcome="http_500")
    assert take(session, AT + 5 * SECOND) == []
    assert [outgoing.attempt for outgoing in take(session, AT + 6 * SECOND)] == [3]
    assert outcomes(session, first.delivery) == ["timed_out", "http_500"]


def test_a_passing_failure_holds_its_channel_and_no_other(session: Session) -> None:
    for key in ("a", "b"):
        tell(session, make_project(session, f"project-{key}"), key)
    address(session, channels=CHANNELS, at=AT)
    [failing] = take(session, limit=1, channel="#fr")

    mark_failed(session, delivery=failing, at=AT, outcome="rate_limited", retry_after=30)

    assert take(session, AT + 29 * SECOND, channel="#fr") == []
    assert len(take(session, AT, channel="#ar")) == 2
    assert len(take(session, AT + 30 * SECOND, channel="#fr")) == 2


def test_after_its_last_attempt_a_delivery_is_given_up_and_its_thread_goes_on(session: Session) -> None:
    project = make_project(session)
    tell(session, project, "a")
    tell(session, project, "b")
    address(session, channels=[FR], at=AT)
    at, states = AT, []
    for _ in range(MOST_ATTEMPTS):
        [outgoing] = take(session, at)
        states.append(mark_failed(session, delivery=outgoing, at=at, outcome="timed_out"))
        at += timedelta(hours=1)

    assert states == [DeliveryState.PENDING] * (MOST_ATTEMPTS - 1) + [DeliveryState.GIVEN_UP]
    [following] = take(session, at)
    assert following.delivery != outgoing.delivery
    assert len(outcomes(session, outgoing.delivery)) == MOST_ATTEMPTS


def test_a_permanent_failure_is_given_up_at_once_and_holds_nobody(session: Session) -> None:
    project = make_project(session)
    tell(session, project, "a")
    tell(session, project, "b")
    address(session, channels=[FR], at=AT)
    [first] = take(session)

    state = mark_failed(session, delivery=first, at=AT, outcome="is_archived", permanent=True)

    assert state is DeliveryState.GIVEN_UP
    assert [outgoing.delivery for outgoing in take(session)] != [first.delivery]


def test_a_late_worker_cannot_undo_what_the_next_one_did(session: Session) -> None:
    tell(session, make_project(session), "a")
    address(session, channels=[FR], at=AT)
    [late] = take(session)
    later = AT + LEASE + SECOND
    [now] = take(session, later)

    assert mark_failed(session, delivery=late, at=later, outcome="timed_out") is DeliveryState.PENDING
    assert take(session, later + 60 * SECOND) == []
    mark_sent(session, delivery=now, provider_id="1", at=later)
    assert mark_failed(session, delivery=late, at=later, outcome="x", permanent=True) is DeliveryState.SENT
    mark_sent(session, delivery=late, provider_id="2", at=later)

    [delivery] = find_deliveries(session)
    assert (delivery.state, delivery.provider_id) == (DeliveryState.SENT, "1")
    assert len(session.exec(select(ChatThread)).all()) == 1


def test_a_delivery_put_back_is_tried_anew_and_still_looked_for(session: Session) -> None:
    make_staff(session)
    outgoing = give_up(session)

    assert retry(session, by="director", at=AT) == 1
    [again] = take(session)

    assert (again.delivery, again.attempt, again.first_tried_at) == (outgoing.delivery, 2, AT)
    assert mark_failed(session, delivery=again, at=AT, outcome="timed_out") is DeliveryState.PENDING
    assert len(take(session, AT + 2 * SECOND)) == 1
    assert "put_back" in outcomes(session)


def test_what_a_look_could_not_tell_is_sent_when_somebody_puts_it_back(session: Session) -> None:
    make_staff(session)
    outgoing = give_up(session, "cannot_tell")

    retry(session, by="administrator", at=AT + SECOND, delivery=outgoing.delivery)

    assert [again.attempt for again in take(session, AT + SECOND)] == [1]


def test_only_who_may_move_the_project_or_manages_the_system_puts_back(session: Session) -> None:
    make_staff(session)
    make_person(session, "elsewhere", Role.OFFICER, region="souss-massa")
    make_person(session, "here", Role.OFFICER, region="oriental")
    outgoing = give_up(session)

    for login in ("elsewhere", "finance", "auditor"):
        with pytest.raises(NotAllowed):
            retry(session, by=login, at=AT)
    with pytest.raises(UnknownKey):
        retry(session, by="nobody", at=AT)
    with pytest.raises(UnknownKey):
        retry(session, by="director", at=AT, delivery=uuid4())

    assert find_deliveries(session)[0].state is DeliveryState.GIVEN_UP
    assert retry(session, by="here", at=AT, delivery=outgoing.delivery) == 1
    assert retry(session, by="here", at=AT) == 0


def test_all_that_were_given_up_means_those_of_the_region_to_who_works_there(session: Session) -> None:
    make_person(session, "here", Role.OFFICER, region="oriental")
    for key, region in (("near", "oriental"), ("far", "south")):
        tell(session, make_project(session, key, region=region), key)
    address(session, channels=[FR], at=AT)
    for outgoing in take(session):
        mark_failed(session, delivery=outgoing, at=AT, outcome="invalid_auth", permanent=True)

    assert retry(session, by="here", at=AT) == 1
    assert [o.project.key for o in take(session) if o.project] == ["near"]


def test_a_fact_is_told_once_by_its_key(database: Engine) -> None:
    with db.transaction(database) as session:
        tell(session, None, "the same")

    with pytest.raises(IntegrityError), db.transaction(database) as session:
        tell(session, None, "the same")


def test_workers_at_once_address_each_parcel_once_and_take_each_delivery_once(database: Engine) -> None:
    with db.transaction(database) as session:
        for number in range(6):
            tell(session, make_project(session, f"project-{number}"), str(number))

    def work(session: Session) -> list[Outgoing]:
        address(session, channels=CHANNELS, at=AT)
        return claim(session, worker="any", at=AT, limit=5)

    taken = [outgoing.delivery for each in together(database, [work] * 4) for outgoing in each]

    assert len(taken) == len(set(taken)) == 12
    with db.reading(database) as session:
        assert len(find_deliveries(session)) == 12


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_failure_does_not_wait_for_what_another_worker_settles(database: Engine) -> None:
    """O7: two that failed at once in one channel would wait for each other's rows for ever."""
    with db.transaction(database) as session:
        for key in ("a", "b"):
            tell(session, make_project(session, f"project-{key}"), key)
        address(session, channels=[FR], at=AT)
        first, second = take(session)

    with db.transaction(database) as one, db.transaction(database) as other:
        one.execute(select(Delivery).where(col(Delivery.id) == second.delivery).with_for_update())
        assert mark_failed(other, delivery=first, at=AT, outcome="http_500") is DeliveryState.PENDING
