from itertools import product

import pytest

from models.rules.authority import (
    Action,
    Actor,
    Grant,
    NotAllowed,
    Place,
    Role,
    authorize,
    may,
    roles_for,
)

HERE = Place("sample-centre", "souss-massa")
THERE = Place("other-centre", "oriental")


def actor(*grants: Grant, disabled: bool = False) -> Actor:
    return Actor("amal", grants, disabled=disabled)


@pytest.mark.parametrize(("role", "action"), list(product(Role, Action)))
def test_a_role_holds_its_own_actions_and_no_other(role: Role, action: Action) -> None:
    """A1."""
    holder = actor(Grant(role))

    assert may(holder, action, HERE) == (role in roles_for(action))
    if role in roles_for(action):
        authorize(holder, action, HERE)
        return
    with pytest.raises(NotAllowed) as refused:
        authorize(holder, action, HERE)
    assert refused.value.details["who"] == roles_for(action)


def test_each_action_has_somebody_who_may() -> None:
    assert all(roles_for(action) for action in Action)


def test_an_auditor_changes_nothing() -> None:
    assert {action for action in Action if Role.AUDITOR in roles_for(action)} == {
        Action.READ,
        Action.VERIFY_AUDIT,
    }


def test_no_role_holds_two_of_the_three_hands() -> None:
    """A4 begins here: proposing, certifying and approving belong to three roles."""
    assert roles_for(Action.PROPOSE) == (Role.OFFICER,)
    assert roles_for(Action.CERTIFY) == (Role.FINANCE,)
    assert roles_for(Action.APPROVE) == (Role.DIRECTOR,)


@pytest.mark.parametrize(
    "action", [Action.STEP_BACK, Action.SUSPEND, Action.RESUME, Action.CANCEL, Action.WAIVE]
)
def test_what_only_a_director_decides(action: Action) -> None:
    """A3."""
    assert roles_for(action) == (Role.DIRECTOR,)


def test_a_grant_for_a_region_reaches_its_projects_only() -> None:
    """A2."""
    officer = actor(Grant(Role.OFFICER, region="souss-massa"))

    assert may(officer, Action.ADVANCE, HERE)
    assert not may(officer, Action.ADVANCE, THERE)
    assert not may(officer, Action.ADVANCE, None)


def test_a_grant_for_a_project_reaches_that_project_only() -> None:
    """A2."""
    officer = actor(Grant(Role.OFFICER, project="sample-centre"))

    assert may(officer, Action.ADVANCE, HERE)
    assert not may(officer, Action.ADVANCE, Place("sample-centre-2", "souss-massa"))
    assert not may(officer, Action.ADVANCE, None)


def test_a_place_without_a_region_is_in_no_region() -> None:
    officer = actor(Grant(Role.OFFICER, region="souss-massa"))

    assert not may(officer, Action.ADVANCE, Place("sample-centre", None))


def test_grants_add_up() -> None:
    both = actor(Grant(Role.OFFICER, region="oriental"), Grant(Role.FINANCE, project="sample-centre"))

    assert may(both, Action.CERTIFY, HERE)
    assert not may(both, Action.PROPOSE, HERE)
    assert may(both, Action.PROPOSE, THERE)


def test_a_disabled_person_may_nothing() -> None:
    gone = actor(Grant(Role.DIRECTOR), disabled=True)

    assert not may(gone, Action.READ, HERE)
    with pytest.raises(NotAllowed) as refused:
        authorize(gone, Action.READ, HERE)
    assert refused.value.details["project"] == "sample-centre"


def test_nobody_without_a_grant_may_read() -> None:
    with pytest.raises(NotAllowed):
        authorize(actor(), Action.READ)
