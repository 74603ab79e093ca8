"""Who works here and what they may do; how the first one comes in, and why one always stays."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from models import db
from models.operations.people import (
    add_person,
    disable_person,
    first_administrator,
    grant_role,
    name_duty,
    revoke_role,
    set_language,
)
from models.queries.people import find_actor, list_people
from models.rules.authority import Action, Grant, NotAllowed, Role, may
from models.rules.errors import BadValue, UnknownKey
from models.rules.people import (
    LastAdministrator,
    LoginTaken,
    PeopleExist,
    PersonDisabled,
    RoleNotHeld,
)
from models.tables import TrailEntry
from tests.builders import AT, make_person, make_project, make_staff
from tests.operations.kept import trail_of

ADMIN: dict[str, Any] = {"by": "administrator", "at": AT}


def grants_of(session: Session, login: str) -> tuple[Grant, ...]:
    session.flush()
    return find_actor(session, login).grants


def test_the_first_administrator_opens_an_empty_database(session: Session) -> None:
    """U3."""
    first_administrator(session, login="amina", name="Amina", at=AT)

    assert grants_of(session, "amina") == (Grant(Role.ADMINISTRATOR),)
    assert trail_of(session, "person_added")[0]["login"] == "amina"
    assert trail_of(session, "role_granted") == [
        {"login": "amina", "role": "administrator", "region": None, "project": None}
    ]
    add_person(session, login="omar", name="Omar", by="amina", at=AT)


def test_nobody_makes_a_first_administrator_where_there_are_people(staff: Session) -> None:
    """U3."""
    with pytest.raises(PeopleExist):
        first_administrator(staff, login="amina", name="Amina", at=AT)


def test_two_first_administrators_at_once_are_one(database: Engine) -> None:
    """U3."""
    together = Barrier(3)

    def open_books(number: int) -> str:
        together.wait()
        try:
            with db.transaction(database) as session:
                first_administrator(session, login=f"admin-{number}", name="A", at=AT)
        except PeopleExist as refused:
            return refused.code
        return "opened"

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(open_books, range(3)))

    assert answers == ["opened", "people_exist", "people_exist"]


def test_a_person_is_added_and_may_do_nothing_yet(staff: Session) -> None:
    add_person(staff, login="omar", name=" Omar ", language="ar", **ADMIN)

    line = next(line for line in list_people(staff) if line.login == "omar")
    assert (line.name, line.language, line.sample, line.disabled_at, line.grants, line.duties) == (
        "Omar",
        "ar",
        False,
        None,
        (),
        (),
    )
    assert not may(find_actor(staff, "omar"), Action.READ)
    assert trail_of(staff, "person_added") == [
        {"login": "omar", "name": "Omar", "language": "ar", "sample": False}
    ]


def test_a_description_that_nobody_can_have_is_refused(staff: Session) -> None:
    """U1."""
    wrongs: list[dict[str, Any]] = [{"login": "Omar"}, {"login": "\x00"}, {"name": " "}, {"language": "de"}]
    for wrong in wrongs:
        with pytest.raises(BadValue) as refused:
            add_person(staff, **({"login": "omar", "name": "Omar"} | wrong), **ADMIN)
        assert refused.value.details["field"] in wrong
    with pytest.raises(BadValue):
        set_language(staff, person="officer", language="de", by="officer", at=AT)
    assert len(list_people(staff)) == 5


def test_a_login_is_given_once(staff: Session) -> None:
    """U1."""
    with pytest.raises(LoginTaken):
        add_person(staff, login="officer", name="Another", **ADMIN)


def test_two_people_who_add_the_same_login_at_once_add_one(database: Engine) -> None:
    with db.transaction(database) as session:
        make_staff(session)
    together = Barrier(3)

    def add(_: int) -> str:
        together.wait()
        try:
            with db.transaction(database) as session:
                add_person(session, login="omar", name="Omar", **ADMIN)
        except LoginTaken as refused:
            return refused.code
        return "added"

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(add, range(3))) == ["added", "login_taken", "login_taken"]


@pytest.mark.parametrize("by", ["officer", "finance", "director", "auditor"])
def test_only_an_administrator_cares_for_people(staff: Session, by: str) -> None:
    for change in (
        lambda: add_person(staff, login="omar", name="Omar", by=by, at=AT),
        lambda: grant_role(staff, person=by, role=Role.DIRECTOR, by=by, at=AT),
        lambda: revoke_role(staff, person="officer", role=Role.OFFICER, by=by, at=AT),
        lambda: disable_person(staff, person="officer", by=by, at=AT),
        lambda: set_language(staff, person="administrator", language="en", by=by, at=AT),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_an_administrator_of_one_region_does_not_care_for_people(session: Session) -> None:
    make_person(session, "east", Role.ADMINISTRATOR, region="oriental")

    with pytest.raises(NotAllowed):
        add_person(session, login="omar", name="Omar", by="east", at=AT)


def test_a_role_reaches_everything_a_region_or_a_project(staff: Session) -> None:
    """U2."""
    project = make_project(staff)
    add_person(staff, login="omar", name="Omar", **ADMIN)

    grant_role(staff, person="omar", role=Role.FINANCE, **ADMIN)
    grant_role(staff, person="omar", role=Role.OFFICER, region="oriental", **ADMIN)
    grant_role(staff, person="omar", role=Role.DIRECTOR, project=project.key, **ADMIN)

    assert set(grants_of(staff, "omar")) == {
        Grant(Role.FINANCE),
        Grant(Role.OFFICER, region="oriental"),
        Grant(Role.DIRECTOR, project="sample-centre"),
    }
    assert [entry["project"] for entry in trail_of(staff, "role_granted")] == [None, None, "sample-centre"]
    of_project = select(TrailEntry).where(TrailEntry.project_id == project.id)
    assert "role_granted" in {entry.kind for entry in staff.exec(of_project)}


def test_a_role_that_is_held_already_stays_as_it_is(staff: Session) -> None:
    """U2."""
    grant_role(staff, person="officer", role=Role.OFFICER, **ADMIN)

    assert grants_of(staff, "officer") == (Grant(Role.OFFICER),)
    assert trail_of(staff, "role_granted") == []


def test_a_grant_has_one_limit_at_most(staff: Session) -> None:
    """U2."""
    make_project(staff)

    with pytest.raises(BadValue):
        grant_role(
            staff, person="officer", role=Role.OFFICER, region="oriental", project="sample-centre", **ADMIN
        )


@pytest.mark.parametrize(
    ("place", "noun"), [("person", "person"), ("region", "region"), ("project", "project")]
)
def test_a_grant_over_nothing_known_is_refused(staff: Session, place: str, noun: str) -> None:
    for text in ("nobody-at-all", "", "\x00", "a\u202eb", "x" * 10_000):
        given: dict[str, Any] = {"person": "officer", "role": Role.OFFICER, place: text}
        with pytest.raises(UnknownKey) as refused:
            grant_role(staff, **given, **ADMIN)
        assert refused.value.details["noun"] == noun
        assert len(str(refused.value)) < 500


def test_the_nearest_region_is_offered(staff: Session) -> None:
    with pytest.raises(UnknownKey) as refused:
        grant_role(staff, person="officer", role=Role.OFFICER, region="orientale", **ADMIN)

    candidates = refused.value.details["candidates"]
    assert isinstance(candidates, tuple)
    assert candidates[0] == "oriental"


def test_a_role_is_taken_back(staff: Session) -> None:
    revoke_role(staff, person="officer", role=Role.OFFICER, **ADMIN)

    assert grants_of(staff, "officer") == ()
    assert trail_of(staff, "role_revoked") == [
        {"login": "officer", "role": "officer", "region": None, "project": None}
    ]


def test_only_the_very_grant_is_taken_back(staff: Session) -> None:
    make_project(staff)
    grant_role(staff, person="officer", role=Role.OFFICER, region="oriental", **ADMIN)

    revoke_role(staff, person="officer", role=Role.OFFICER, **ADMIN)

    assert grants_of(staff, "officer") == (Grant(Role.OFFICER, region="oriental"),)
    limits: list[dict[str, Any]] = [{}, {"region": "souss-massa"}, {"project": "sample-centre"}]
    for limit in limits:
        with pytest.raises(RoleNotHeld):
            revoke_role(staff, person="officer", role=Role.OFFICER, **limit, **ADMIN)


def test_administrators_cannot_shut_themselves_out(staff: Session) -> None:
    """U4 and U5."""
    with pytest.raises(LastAdministrator):
        revoke_role(staff, person="administrator", role=Role.ADMINISTRATOR, **ADMIN)
    with pytest.raises(LastAdministrator):
        disable_person(staff, person="administrator", **ADMIN)
    assert grants_of(staff, "administrator") == (Grant(Role.ADMINISTRATOR),)


def test_administrators_may_give_up_a_lesser_grant(staff: Session) -> None:
    """U4."""
    grant_role(staff, person="administrator", role=Role.ADMINISTRATOR, region="oriental", **ADMIN)

    revoke_role(staff, person="administrator", role=Role.ADMINISTRATOR, region="oriental", **ADMIN)

    assert grants_of(staff, "administrator") == (Grant(Role.ADMINISTRATOR),)


@pytest.mark.parametrize("way", ["revoke", "disable"])
def test_two_administrators_who_remove_each_other_at_once_leave_one(database: Engine, way: str) -> None:
    with db.transaction(database) as session:
        make_person(session, "one", Role.ADMINISTRATOR)
        make_person(session, "two", Role.ADMINISTRATOR)
    together = Barrier(2)

    def remove(names: tuple[str, str]) -> str:
        by, person = names
        together.wait()
        try:
            with db.transaction(database) as session:
                if way == "disable":
                    disable_person(session, person=person, by=by, at=AT)
                else:
                    revoke_role(session, person=person, role=Role.ADMINISTRATOR, by=by, at=AT)
        except NotAllowed as refused:
            return refused.code
        return "removed"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(remove, [("one", "two"), ("two", "one")]))

    assert answers == ["not_allowed", "removed"]
    with db.reading(database) as session:
        actors = [find_actor(session, login) for login in ("one", "two")]
    assert [may(actor, Action.MANAGE_USERS) for actor in actors].count(True) == 1


def test_a_disabled_person_acts_no_more_and_stays_in_the_books(staff: Session) -> None:
    """U5."""
    disable_person(staff, person="director", **ADMIN)

    staff.flush()
    assert not may(find_actor(staff, "director"), Action.READ)
    line = next(line for line in list_people(staff) if line.login == "director")
    assert (line.disabled_at, line.grants) == (AT, (Grant(Role.DIRECTOR),))
    assert trail_of(staff, "person_disabled") == [{"login": "director"}]
    for change in (
        lambda: disable_person(staff, person="director", **ADMIN),
        lambda: grant_role(staff, person="director", role=Role.AUDITOR, **ADMIN),
    ):
        with pytest.raises(PersonDisabled):
            change()
    with pytest.raises(NotAllowed):
        set_language(staff, person="director", language="en", by="director", at=AT)


def test_everybody_sets_their_own_language_and_an_administrator_anybodys(staff: Session) -> None:
    set_language(staff, person="officer", language="ar", by="officer", at=AT)
    set_language(staff, person="officer", language="ar", by="officer", at=AT)
    set_language(staff, person="officer", language="en", **ADMIN)

    assert find_actor(staff, "officer").language == "en"
    assert [entry["language"] for entry in trail_of(staff, "language_set")] == ["ar", "en"]


def test_the_list_tells_grants_and_duties(staff: Session) -> None:
    make_project(staff)
    name_duty(staff, project="sample-centre", duty="officer", person="officer", by="director", at=AT)

    lines = list_people(staff)

    assert [line.login for line in lines] == ["administrator", "auditor", "director", "finance", "officer"]
    assert lines[4].grants == (Grant(Role.OFFICER),)
    assert lines[4].duties == (("sample-centre", "officer"),)


def test_a_role_is_taken_back_in_a_region_that_exists(staff: Session) -> None:
    """U4: a misspelt region is told as such, not as a role that nobody holds."""
    with pytest.raises(UnknownKey) as unknown:
        revoke_role(staff, person="officer", role=Role.OFFICER, region="orientale", **ADMIN)
    with pytest.raises(RoleNotHeld):
        revoke_role(staff, person="officer", role=Role.OFFICER, region="oriental", **ADMIN)

    assert "oriental" in unknown.value.details["candidates"]  # type: ignore[operator]
