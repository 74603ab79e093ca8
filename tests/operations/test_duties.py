"""Who is named for what on a project, and how a duty is freed."""

from typing import Any

import pytest
from sqlmodel import Session, select

from models.operations.people import (
    disable_person,
    grant_role,
    name_duty,
    revoke_role,
)
from models.queries.dossiers import load_dossier
from models.rules.authority import NotAllowed, Role
from models.rules.errors import CentreError, UnknownKey
from models.rules.people import (
    PersonDisabled,
    RoleNotHeld,
)
from models.tables import Duty, Person, Project, RoleGrant
from tests.builders import AT, make_person, make_project
from tests.operations.kept import trail_of

ADMIN: dict[str, Any] = {"by": "administrator", "at": AT}


@pytest.fixture
def project(staff: Session) -> Project:
    return make_project(staff)


def name(session: Session, person: str, duty: str = "officer", by: str = "director") -> Duty:
    return name_duty(session, project="sample-centre", duty=duty, person=person, by=by, at=AT)


def test_a_person_is_named_and_the_gate_sees_it(staff: Session, project: Project) -> None:
    """U6."""
    name(staff, "officer")
    name(staff, "finance", "finance", by="administrator")

    staff.flush()
    assert load_dossier(staff, project, AT.date()).duties == {"officer", "finance"}


def test_naming_another_replaces_the_one_before(staff: Session, project: Project) -> None:
    """U6."""
    make_person(staff, "east", Role.OFFICER, region="oriental")
    name(staff, "officer")
    name(staff, "east")
    name(staff, "east")

    assert trail_of(staff, "duty_named") == [
        {"duty": "officer", "login": "officer", "previous": None},
        {"duty": "officer", "login": "east", "previous": "officer"},
    ]
    assert len(staff.exec(select(Duty)).all()) == 1


@pytest.mark.parametrize(
    ("person", "duty"), [("finance", "officer"), ("officer", "finance"), ("director", "officer")]
)
def test_who_does_not_hold_the_role_is_not_named(
    staff: Session, project: Project, person: str, duty: str
) -> None:
    """U6."""
    with pytest.raises(RoleNotHeld) as refused:
        name(staff, person, duty)

    assert refused.value.details == {"login": person, "role": duty, "project": "sample-centre"}
    assert load_dossier(staff, project, AT.date()).duties == frozenset()


def test_who_holds_the_role_elsewhere_is_not_named(staff: Session, project: Project) -> None:
    """U6."""
    make_project(staff, "another")
    make_person(staff, "south", Role.OFFICER, region="souss-massa")
    make_person(staff, "there", Role.OFFICER, project="another")
    make_person(staff, "here", Role.OFFICER, project="sample-centre")

    for person in ("south", "there"):
        with pytest.raises(RoleNotHeld):
            name(staff, person)
    name(staff, "here")


def test_a_disabled_person_is_not_named(staff: Session, project: Project) -> None:
    """U6."""
    disable_person(staff, person="officer", **ADMIN)

    with pytest.raises(PersonDisabled):
        name(staff, "officer")


@pytest.mark.parametrize("by", ["officer", "finance", "auditor"])
def test_only_a_director_or_an_administrator_names(staff: Session, project: Project, by: str) -> None:
    with pytest.raises(NotAllowed):
        name(staff, "officer", by=by)


def test_an_unknown_duty_or_person_is_refused(staff: Session, project: Project) -> None:
    for text in ("driver", "", "\x00", "a\u202eb", "x" * 10_000):
        for person, duty in (("officer", text), (text, "officer")):
            with pytest.raises(CentreError) as refused:
                name(staff, person, duty)
            assert isinstance(refused.value, UnknownKey)
            assert len(str(refused.value)) < 500


@pytest.mark.parametrize("way", ["revoke", "disable"])
def test_who_leaves_is_on_duty_no_more(staff: Session, project: Project, way: str) -> None:
    """U7."""
    name(staff, "officer")
    name(staff, "finance", "finance")

    if way == "disable":
        disable_person(staff, person="officer", **ADMIN)
    else:
        revoke_role(staff, person="officer", role=Role.OFFICER, **ADMIN)

    staff.flush()
    assert load_dossier(staff, project, AT.date()).duties == {"finance"}
    assert trail_of(staff, "duty_freed") == [{"duty": "officer", "login": "officer"}]
    assert len(staff.exec(select(Person)).all()) == 5


def test_who_still_holds_the_role_there_stays_on_duty(staff: Session, project: Project) -> None:
    """U7."""
    grant_role(staff, person="officer", role=Role.OFFICER, region="oriental", **ADMIN)
    name(staff, "officer")

    revoke_role(staff, person="officer", role=Role.OFFICER, **ADMIN)

    staff.flush()
    assert load_dossier(staff, project, AT.date()).duties == {"officer"}
    assert len(staff.exec(select(RoleGrant).where(RoleGrant.region == "oriental")).all()) == 1
