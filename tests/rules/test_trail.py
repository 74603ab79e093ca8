from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.stages import Stage
from models.rules.trail import GENESIS, Break, Entry, canonical, find_breaks, seal

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROJECT = UUID(int=7)


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    previous = GENESIS
    for sequence in range(1, length + 1):
        at, payload = AT + timedelta(minutes=sequence), canonical({"n": sequence})
        sealed = seal(sequence, at, "amal", "noted", PROJECT, payload, previous)
        entries.append(Entry(sequence, at, "amal", "noted", PROJECT, payload, previous, sealed))
        previous = sealed
    return entries


def breaks(entries: Iterable[Entry], length: int = 5) -> list[Break]:
    return list(find_breaks(entries, length, chain(length)[-1].hash if length else GENESIS))


def test_a_whole_chain_holds() -> None:
    """T1."""
    assert breaks(chain(5)) == []
    assert breaks([], length=0) == []


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT},
        {"actor": "badr"},
        {"kind": "other"},
        {"project": None},
        {"project": UUID(int=8)},
        {"payload": '{"n":33}'},
    ],
)
def test_any_changed_field_is_found(change: dict[str, object]) -> None:
    """T1."""
    entries = chain(5)
    entries[2] = replace(entries[2], **change)  # type: ignore[arg-type]

    assert breaks(entries) == [Break(3, "entry_changed")]


def test_an_entry_changed_and_sealed_again_breaks_the_link_that_follows() -> None:
    """T1."""
    entries = chain(5)
    third = entries[2]
    sealed = seal(3, third.at, third.actor, third.kind, PROJECT, "{}", third.previous)
    entries[2] = replace(third, payload="{}", hash=sealed)

    assert breaks(entries) == [Break(4, "link_broken")]


def test_an_entry_taken_out_is_found() -> None:
    """T1."""
    entries = chain(5)
    del entries[2]

    assert breaks(entries) == [Break(3, "entry_missing"), Break(4, "link_broken")]


def test_a_first_entry_taken_out_is_found() -> None:
    """T1."""
    assert breaks(chain(5)[1:]) == [Break(1, "entry_missing"), Break(2, "link_broken")]


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_a_cut_end_is_found(kept: int) -> None:
    """T1."""
    assert breaks(chain(5)[:kept]) == [Break(kept + 1, "end_cut")]


def test_two_entries_in_each_others_place_are_found() -> None:
    """T1."""
    entries = chain(5)
    second, third = entries[1], entries[2]
    entries[1], entries[2] = replace(third, sequence=2), replace(second, sequence=3)

    assert {found.problem for found in breaks(entries)} == {"entry_changed", "link_broken"}


def test_an_entry_written_twice_is_found() -> None:
    """T1."""
    entries = chain(5)

    assert breaks([*entries[:3], entries[2], *entries[3:]]) != []


def test_a_chain_is_read_one_entry_at_a_time() -> None:
    """T1: a million entries need no more room than one."""
    read = 0

    def entries() -> Iterable[Entry]:
        nonlocal read
        for entry in chain(5):
            read += 1
            yield replace(entry, payload="{}")

    found = find_breaks(entries(), 5, "")

    assert next(found) == Break(1, "entry_changed")
    assert read == 1


def test_one_instant_has_one_seal_in_every_time_zone() -> None:
    casablanca = AT.astimezone(timezone(timedelta(hours=1)))

    assert seal(1, AT, "amal", "noted", None, "{}", GENESIS) == seal(
        1, casablanca, "amal", "noted", None, "{}", GENESIS
    )


def test_fields_cannot_flow_into_each_other() -> None:
    assert seal(1, AT, "a", "bc", None, "{}", GENESIS) != seal(1, AT, "ab", "c", None, "{}", GENESIS)


def test_a_payload_is_written_in_one_way() -> None:
    payload = {"b": Stage.STUDY, "a": date(2026, 3, 2), "id": PROJECT, "name": "مركز"}

    assert canonical(payload) == (
        '{"a":"2026-03-02","b":"study","id":"00000000-0000-0000-0000-000000000007","name":"مركز"}'
    )


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_the_order_of_a_payload_does_not_matter(payload: dict[str, object]) -> None:
    turned = dict(reversed(payload.items()))

    assert canonical(turned) == canonical(payload)
