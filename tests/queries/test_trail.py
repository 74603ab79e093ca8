import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models import db
from models.operations import projects, trail
from models.queries.trail import MOST_BREAKS, Verification, history, state_as_of, verify
from models.rules.errors import UnknownKey
from models.rules.history import NotYetRegistered
from models.rules.stages import Status
from models.rules.trail import GENESIS, seal
from models.tables import TrailEntry, TrailHead
from models.tables.columns import table_of
from tests.builders import AT, make_project, make_staff
from tests.operations.at_once import together

KEY = "sample-centre"
ENTRIES, HEAD = table_of(TrailEntry), table_of(TrailHead)


def write_entries(session: Session, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        trail.record(session, at=AT, actor="amal", kind="noted", payload={"number": number})


def verified(database: Engine, noted: str | None = None) -> Verification:
    with db.reading(database) as session:
        return verify(session, noted)


def problems(database: Engine) -> list[tuple[int, str]]:
    return [(found.sequence, found.problem) for found in verified(database).breaks]


def let_go(connection: Connection) -> None:
    """Take the triggers away, as somebody with the keys of the database could."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER trail_no_update"))
        connection.execute(text("DROP TRIGGER trail_no_delete"))
        return
    connection.execute(text("ALTER TABLE trail DISABLE TRIGGER trail_no_change"))


# what is written


def test_each_entry_seals_the_one_before(database: Engine) -> None:
    """T1."""
    with db.transaction(database) as session:
        write_entries(session, 3)

    found = verified(database)

    assert (found.entries, found.head_sequence, found.breaks, found.holds) == (3, 3, (), True)


def test_an_empty_trail_holds(database: Engine) -> None:
    found = verified(database)

    assert (found.entries, found.head_sequence, found.head, found.holds) == (0, 0, GENESIS, True)


def test_a_change_that_fails_leaves_no_entry(database: Engine) -> None:
    def write_and_fail(session: Session) -> None:
        write_entries(session, 3)
        raise NotYetRegistered(project=KEY)

    with pytest.raises(NotYetRegistered), db.transaction(database) as session:
        write_and_fail(session)

    assert verified(database).entries == 0


def test_the_first_entries_of_two_at_once_make_one_chain(database: Engine) -> None:
    """T1."""
    together(database, [lambda session: write_entries(session, 5)] * 4)

    assert verified(database).entries == 20
    assert verified(database).holds


@pytest.mark.parametrize("change", ["UPDATE trail SET actor = 'nobody'", "DELETE FROM trail"])
def test_the_database_refuses_to_change_an_entry(database: Engine, change: str) -> None:
    """T1."""
    with db.transaction(database) as session:
        write_entries(session, 1)

    with pytest.raises(DBAPIError, match="append-only"), db.transaction(database) as session:
        session.connection().execute(text(change))

    assert verified(database).holds


# tampering, by somebody who has taken the triggers away


def change_a_payload(connection: Connection) -> None:
    connection.execute(update(ENTRIES).where(ENTRIES.c.sequence == 3).values(payload='{"number":99}'))


def change_an_instant(connection: Connection) -> None:
    later = AT + timedelta(microseconds=1)
    connection.execute(update(ENTRIES).where(ENTRIES.c.sequence == 3).values(at=later))


def remove_from_the_middle(connection: Connection) -> None:
    connection.execute(ENTRIES.delete().where(ENTRIES.c.sequence == 3))


def remove_and_close_the_gap(connection: Connection) -> None:
    remove_from_the_middle(connection)
    for sequence in (4, 5):
        connection.execute(
            update(ENTRIES).where(ENTRIES.c.sequence == sequence).values(sequence=sequence - 1)
        )


def cut_the_tail(connection: Connection) -> None:
    connection.execute(ENTRIES.delete().where(ENTRIES.c.sequence > 3))


def remove_everything(connection: Connection) -> None:
    connection.execute(ENTRIES.delete())


def swap_two(connection: Connection) -> None:
    for sequence, place in ((3, 30), (4, 3), (30, 4)):
        connection.execute(update(ENTRIES).where(ENTRIES.c.sequence == sequence).values(sequence=place))


def forget_the_head(connection: Connection) -> None:
    connection.execute(HEAD.delete())


def append_beside_the_head(connection: Connection) -> None:
    row = connection.execute(ENTRIES.select().where(ENTRIES.c.sequence == 5)).mappings().one()
    forged = {**row, "sequence": 6, "previous": row["hash"], "hash": GENESIS}
    connection.execute(insert(ENTRIES), forged)


def change_and_seal_again(connection: Connection) -> None:
    row = connection.execute(ENTRIES.select().where(ENTRIES.c.sequence == 3)).one()
    sealed = seal(3, row.at, row.actor, row.kind, row.project_id, "{}", row.previous)
    connection.execute(update(ENTRIES).where(ENTRIES.c.sequence == 3).values(payload="{}", hash=sealed))


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (change_a_payload, [(3, "entry_changed")]),
        (change_an_instant, [(3, "entry_changed")]),
        (remove_from_the_middle, [(3, "entry_missing"), (4, "link_broken")]),
        (
            remove_and_close_the_gap,
            [(3, "link_broken"), (3, "entry_changed"), (4, "entry_changed"), (5, "end_cut")],
        ),
        (cut_the_tail, [(4, "end_cut")]),
        (remove_everything, [(1, "end_cut")]),
        (
            swap_two,
            [
                (3, "link_broken"),
                (3, "entry_changed"),
                (4, "link_broken"),
                (4, "entry_changed"),
                (5, "link_broken"),
            ],
        ),
        (forget_the_head, [(6, "end_cut")]),
        (append_beside_the_head, [(6, "entry_changed"), (7, "end_cut")]),
        (change_and_seal_again, [(4, "link_broken")]),
    ],
)
def test_tampering_is_found(
    database: Engine, tamper: Callable[[Connection], None], found: list[tuple[int, str]]
) -> None:
    """T1."""
    with db.transaction(database) as session:
        write_entries(session, 5)

    with db.transaction(database) as session:
        let_go(session.connection())
        tamper(session.connection())

    assert problems(database) == found
    assert not verified(database).holds


def test_a_chain_sealed_anew_holds_but_not_the_head_that_was_noted(database: Engine) -> None:
    """T1: whoever rewrites everything to the end is betrayed by a hash kept elsewhere."""
    with db.transaction(database) as session:
        write_entries(session, 3)
    noted = verified(database).head
    with db.transaction(database) as session:
        write_entries(session, 2)
    assert verified(database, noted).holds

    with db.transaction(database) as session:
        let_go(session.connection())
        remove_everything(session.connection())
        forget_the_head(session.connection())
        write_entries(session, 4, first=1)

    assert verified(database).holds
    assert verified(database, noted).noted_head is False
    assert not verified(database, noted).holds


@pytest.mark.parametrize("noted", ["", "x" * 10_000, "\x00", "\u202e"])
def test_a_noted_head_that_is_none_is_not_found(database: Engine, noted: str) -> None:
    with db.transaction(database) as session:
        write_entries(session, 1)

    assert verified(database, noted).noted_head is False


def test_of_very_many_breaks_the_first_are_shown_and_all_are_counted(database: Engine) -> None:
    with db.transaction(database) as session:
        write_entries(session, MOST_BREAKS + 20)
        let_go(session.connection())
        session.connection().execute(update(ENTRIES).values(payload="{}"))

    found = verified(database)

    assert len(found.breaks) == MOST_BREAKS
    assert found.broken == MOST_BREAKS + 20


def test_a_long_trail_is_verified_in_little_room(database: Engine) -> None:
    count, filler = 20_000, "x" * 200
    rows, previous = [], GENESIS
    for sequence in range(1, count + 1):
        sealed = seal(sequence, AT, "amal", "noted", None, filler, previous)
        row = {"sequence": sequence, "at": AT, "actor": "amal", "kind": "noted", "project_id": None}
        rows.append({**row, "payload": filler, "previous": previous, "hash": sealed})
        previous = sealed
    with db.transaction(database) as session:
        session.connection().execute(insert(ENTRIES), rows)
        session.connection().execute(insert(HEAD), {"id": 1, "sequence": count, "hash": previous})
    rows.clear()

    tracemalloc.start()
    found = verified(database)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (found.entries, found.holds) == (count, True)
    assert most < 8_000_000  # all entries at once would take more than thirty million bytes


# what a project was


def test_a_day_ends_at_midnight_in_morocco(session: Session) -> None:
    """T3: on 1 June, an hour before UTC's."""
    make_staff(session)
    make_project(session, KEY, at=datetime(2026, 6, 1, 9, 0, tzinfo=UTC))
    for instant, decide in (
        (datetime(2026, 6, 1, 22, 59, 59, tzinfo=UTC), projects.suspend),
        (datetime(2026, 6, 1, 23, 0, tzinfo=UTC), projects.cancel),
    ):
        decide(session, project=KEY, by="director", reason="Sample reason", at=instant)

    assert [entry.kind for entry in history(session, KEY, date(2026, 6, 1))] == [
        "project_registered",
        "suspended",
    ]
    assert state_as_of(session, KEY, date(2026, 6, 1)).status is Status.SUSPENDED
    assert state_as_of(session, KEY, date(2026, 6, 2)).status is Status.CANCELLED
    assert state_as_of(session, KEY, date.max).status is Status.CANCELLED


def test_a_history_is_that_of_one_project(session: Session) -> None:
    make_project(session, KEY)
    make_project(session, "other-centre")
    write_entries(session, 1)

    assert [entry.kind for entry in history(session, KEY)] == ["project_registered"]


def test_before_its_registration_a_project_was_nothing(session: Session) -> None:
    """T3."""
    make_project(session, KEY, at=AT)

    with pytest.raises(NotYetRegistered) as refused:
        state_as_of(session, KEY, date(2026, 3, 1))

    assert refused.value.details == {"project": KEY, "on": date(2026, 3, 1), "registered": AT}
    with pytest.raises(NotYetRegistered):
        state_as_of(session, KEY, date.min)


@pytest.mark.parametrize("key", ["sample-center", "\x00", "\ud800", "x" * 10_000])
def test_the_history_of_an_unknown_project(session: Session, key: str) -> None:
    make_project(session, KEY)

    with pytest.raises(UnknownKey):
        history(session, key)
    with pytest.raises(UnknownKey):
        state_as_of(session, key, date(2026, 6, 1))
