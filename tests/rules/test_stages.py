from itertools import product

import pytest

from models.rules.stages import (
    IllegalStatus,
    IllegalStep,
    NotActive,
    Stage,
    Status,
    check_active,
    check_status_change,
    check_step,
    check_step_back,
)

ORDER = list(Stage)


def test_the_life_cycle_has_its_six_stages_in_order() -> None:
    assert [stage.value for stage in Stage] == [
        "admission",
        "study",
        "construction",
        "equipment",
        "launch",
        "closed",
    ]


@pytest.mark.parametrize(("stage", "asked"), list(product(Stage, Stage)))
def test_only_the_stage_that_follows_may_be_entered(stage: Stage, asked: Stage) -> None:
    """L1."""
    if ORDER.index(asked) == ORDER.index(stage) + 1:
        check_step(stage, asked)
        return
    with pytest.raises(IllegalStep) as refused:
        check_step(stage, asked)
    assert refused.value.details == {"left": stage, "asked": asked, "legal": stage.following}


@pytest.mark.parametrize(("stage", "asked"), list(product(Stage, Stage)))
def test_a_step_back_leads_only_to_the_stage_just_before(stage: Stage, asked: Stage) -> None:
    """L2."""
    if ORDER.index(asked) == ORDER.index(stage) - 1:
        check_step_back(stage, asked)
        return
    with pytest.raises(IllegalStep) as refused:
        check_step_back(stage, asked)
    assert refused.value.details == {"left": stage, "asked": asked, "legal": stage.preceding}


def test_nothing_follows_the_last_stage_and_nothing_precedes_the_first() -> None:
    assert Stage.CLOSED.following is None
    assert Stage.ADMISSION.preceding is None


@pytest.mark.parametrize(("stage", "other"), list(product(Stage, Stage)))
def test_a_stage_reaches_itself_and_what_came_before(stage: Stage, other: Stage) -> None:
    assert stage.reaches(other) == (ORDER.index(stage) >= ORDER.index(other))


def test_only_an_active_project_moves() -> None:
    """L3."""
    check_active("sample-centre", Status.ACTIVE)
    for status in (Status.SUSPENDED, Status.CANCELLED):
        with pytest.raises(NotActive) as refused:
            check_active("sample-centre", status)
        assert refused.value.details == {"project": "sample-centre", "status": status}


@pytest.mark.parametrize(("status", "asked"), list(product(Status, Status)))
def test_which_status_may_follow_which(status: Status, asked: Status) -> None:
    """L4: a cancellation is final, and no status follows itself."""
    legal = {
        (Status.ACTIVE, Status.SUSPENDED),
        (Status.ACTIVE, Status.CANCELLED),
        (Status.SUSPENDED, Status.ACTIVE),
        (Status.SUSPENDED, Status.CANCELLED),
    }
    if (status, asked) in legal:
        check_status_change(status, asked)
        return
    with pytest.raises(IllegalStatus):
        check_status_change(status, asked)
