"""Reading the findings: in order, narrowed, in three languages."""

import pytest
from sqlmodel import Session

from models.operations.findings import settle
from models.queries.findings import find_finding, list_findings
from models.rules.errors import BadValue, UnknownKey
from models.rules.findings import Severity
from tests.builders import AT


def keys(session: Session, **narrowed: object) -> list[str]:
    return [finding.key for finding in list_findings(session, **narrowed)]  # type: ignore[arg-type]


def test_the_gravest_come_first_and_numbers_count_as_people_do(loaded: Session) -> None:
    found = list_findings(loaded)

    assert len(found) == 51
    assert [finding.severity for finding in found] == [Severity.A] * 17 + [Severity.B] * 34
    assert [finding.key for finding in found[:3]] == ["L2", "L5", "L8"]
    assert keys(loaded, severity="A")[3:10] == ["P1", "P3", "P4", "P6", "P7", "P8", "P9"]
    assert keys(loaded, severity="A")[10:13] == ["P10", "P11", "P12"]


def test_findings_are_narrowed_by_state_severity_and_project(loaded: Session) -> None:
    settle(loaded, finding="P3", reading="detail", reason="Seen", by="officer", at=AT)

    assert keys(loaded, settled=True) == ["P3"]
    assert len(keys(loaded, settled=False)) == 50
    assert keys(loaded, project="ibn-rochd-psychosocial") == ["P3", "P4", "L9", "O4", "P31", "X3"]
    assert keys(loaded, project="ibn-rochd-psychosocial", severity="a", settled=False) == ["P4"]
    assert keys(loaded, project="elhank-tourism") == ["S8"]


def test_a_finding_has_both_readings_in_three_languages_and_its_projects(loaded: Session) -> None:
    finding = find_finding(loaded, "p3")

    assert finding.overview("ar") == "«المجلس الاقليمي انفا»"
    assert finding.detail("fr") == "Conseil préfectoral de Casablanca"
    assert finding.detail("en") == "Prefecture council of Casablanca"
    assert finding.lines == "230 / 649"
    assert finding.projects == ("ibn-rochd-psychosocial",)
    assert find_finding(loaded, "X1").projects == ()
    assert not finding.settled


def test_an_unknown_finding_is_answered_with_near_keys(loaded: Session) -> None:
    with pytest.raises(UnknownKey) as unknown:
        find_finding(loaded, "P33")

    assert unknown.value.details["noun"] == "finding"
    assert "P3" in unknown.value.details["candidates"]  # type: ignore[operator]


@pytest.mark.parametrize("hostile", ["", "\x00", "\u202e3P", "x" * 10_000, "<script>"])
def test_hostile_filters_are_refused(loaded: Session, hostile: str) -> None:
    with pytest.raises(UnknownKey):
        find_finding(loaded, hostile)
    with pytest.raises(UnknownKey):
        list_findings(loaded, project=hostile)
    with pytest.raises(BadValue):
        list_findings(loaded, severity=hostile)
