from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from models.rules.dossier import Dossier, Gap, Promise, Proof, Quorum
from models.rules.gates import (
    CRITERIA,
    GATES,
    Criterion,
    StageRefused,
    ask_gate,
    check_gate,
    criteria_of,
)
from models.rules.kinds import KINDS, Trait, traits_of
from models.rules.money import CurrencyMismatch, Money
from models.rules.needs import Filed, Signed
from models.rules.stages import Stage, Status
from tests.rules.dossiers import ALL_HANDS, OPENED, TODAY, ready, shut, verdict, with_proofs

HANDS: Mapping[Stage, str] = {
    Stage.ADMISSION: "G0.11",
    Stage.STUDY: "G1.9",
    Stage.CONSTRUCTION: "G2.11",
    Stage.EQUIPMENT: "G3.11",
    Stage.LAUNCH: "G4.11",
}
ALL_TRAITS = frozenset(Trait)
STANDING = {"G0.2", "G0.4", "G0.5a", "G0.5b", "G0.6a", "G0.9a", "G0.9b"}


def filed_criteria() -> list[tuple[Stage, Criterion]]:
    return [(stage, c) for stage, gate in GATES.items() for c in gate if isinstance(c.need, Filed)]


@pytest.mark.parametrize("stage", GATES)
def test_a_complete_dossier_opens_its_gate(stage: Stage) -> None:
    dossier = replace(ready(stage), traits=ALL_TRAITS)

    verdicts = check_gate(dossier, Stage.CLOSED)

    assert [verdict.rule for verdict in verdicts] == [c.rule for c in criteria_of(stage, ALL_TRAITS)]


@pytest.mark.parametrize("stage", GATES)
def test_an_empty_dossier_is_refused_with_every_criterion_at_once(stage: Stage) -> None:
    """G.A."""
    empty = Dossier("sample-centre", stage, Status.ACTIVE, TODAY, traits=ALL_TRAITS)

    with pytest.raises(StageRefused) as refused:
        check_gate(empty, Stage.CLOSED)

    assert refused.value.missing == refused.value.verdicts
    assert [v.rule for v in refused.value.missing] == [c.rule for c in criteria_of(stage, ALL_TRAITS)]
    assert refused.value.details == {"project": "sample-centre", "left": stage, "asked": Stage.CLOSED}


@pytest.mark.parametrize(
    ("stage", "criterion"), filed_criteria(), ids=[criterion.rule for _, criterion in filed_criteria()]
)
def test_evidence_is_asked_for_and_counts_from_its_own_day(stage: Stage, criterion: Criterion) -> None:
    assert isinstance(criterion.need, Filed)
    dossier = replace(ready(stage), traits=ALL_TRAITS)
    on_the_day = {criterion.need.code: Proof(TODAY, 0)}
    day_before = {criterion.need.code: Proof(TODAY + timedelta(days=1), 0)}

    assert criterion.rule in shut(with_proofs(dossier, **{criterion.need.code: None}))
    assert criterion.rule in shut(with_proofs(dossier, **day_before))
    assert criterion.rule not in shut(with_proofs(dossier, **on_the_day))


@pytest.mark.parametrize(("days", "opens"), [(-1, False), (0, True), (59, True), (60, True), (61, False)])
def test_an_award_is_approved_while_the_offers_are_valid(days: int, opens: bool) -> None:
    """G1.5e: sixty days from the opening of the bids, the sixtieth included."""
    dossier = with_proofs(ready(Stage.STUDY), award_approval=Proof(OPENED + timedelta(days=days)))

    assert verdict(dossier, "G1.5e").met is opens


@pytest.mark.parametrize(
    ("bond", "opens"), [(30_000_01, True), (30_000_00, True), (29_999_99, False), (None, False)]
)
def test_the_performance_bond_is_three_percent_of_the_contract(bond: int | None, opens: bool) -> None:
    """G1.6d: to the centime."""
    dossier = with_proofs(ready(Stage.STUDY), performance_bond=Proof(date(2026, 3, 12), bond))

    assert verdict(dossier, "G1.6d").met is opens


def test_three_percent_of_an_odd_contract_is_not_rounded_down() -> None:
    """G1.6d: 3 % of 1 000 000.33 is 30 000.0099; 30 000.00 is short of it."""
    dossier = with_proofs(ready(Stage.STUDY), works_contract=Proof(TODAY, 1_000_000_33))

    assert not verdict(dossier, "G1.6d").met
    assert verdict(with_proofs(dossier, performance_bond=Proof(date(2026, 3, 12), 30_000_01)), "G1.6d").met


@pytest.mark.parametrize("contract", [None, 0])
def test_a_bond_of_no_contract_secures_nothing(contract: int | None) -> None:
    """G1.6d."""
    dossier = with_proofs(ready(Stage.STUDY), works_contract=Proof(TODAY, contract))

    assert not verdict(dossier, "G1.6d").met


@pytest.mark.parametrize(("days", "opens"), [(-30, True), (-1, True), (0, True), (20, True), (21, False)])
def test_the_bond_is_lodged_at_most_twenty_days_after_the_notice(days: int, opens: bool) -> None:
    """G1.6e: soft; one that is there before the notice is in time."""
    lodged = Proof(date(2026, 3, 2) + timedelta(days=days), 30_000_00)
    dossier = with_proofs(ready(Stage.STUDY), performance_bond=lodged)

    assert verdict(dossier, "G1.6e").met is opens
    assert not verdict(dossier, "G1.6e").hard


@pytest.mark.parametrize(("contract", "opens"), [(1_100_000_00, True), (1_100_000_01, False)])
def test_an_award_over_the_estimate_by_more_than_a_tenth_needs_a_revised_budget(
    contract: int, opens: bool
) -> None:
    """G1.7."""
    dossier = with_proofs(ready(Stage.STUDY), works_contract=Proof(TODAY, contract), budget_revision=None)

    assert verdict(dossier, "G1.7").met is opens
    assert verdict(with_proofs(dossier, budget_revision=Proof(TODAY)), "G1.7").met


@pytest.mark.parametrize(
    ("progress", "opens"), [(94_99, False), (95_00, True), (100_00, True), (None, False)]
)
def test_construction_ends_at_ninety_five_percent(progress: int | None, opens: bool) -> None:
    """G2.2."""
    dossier = with_proofs(ready(Stage.CONSTRUCTION), physical_progress=Proof(TODAY, progress))

    assert verdict(dossier, "G2.2").met is opens


@pytest.mark.parametrize(("count", "opens"), [(0, True), (1_00, False), (None, False)])
def test_no_reservation_may_block_the_equipment(count: int | None, opens: bool) -> None:
    """G2.3b."""
    dossier = with_proofs(ready(Stage.CONSTRUCTION), blocking_reservations=Proof(TODAY, count))

    assert verdict(dossier, "G2.3b").met is opens


@pytest.mark.parametrize(
    ("reservations", "dated", "opens"), [(0, False, True), (1_00, True, True), (1_00, False, False)]
)
def test_reservations_are_cleared_or_have_their_dates(reservations: int, dated: bool, opens: bool) -> None:
    """G3.1b."""
    dossier = with_proofs(
        ready(Stage.EQUIPMENT),
        open_reservations=Proof(TODAY, reservations),
        reservations_schedule=Proof(TODAY) if dated else None,
    )

    assert verdict(dossier, "G3.1b").met is opens


def test_opening_dates_may_lie_ahead_but_both_must_be_set() -> None:
    """G3.10b."""
    ahead = Proof(TODAY + timedelta(days=90))
    dossier = with_proofs(ready(Stage.EQUIPMENT), opening_date=ahead, inauguration_date=ahead)

    assert verdict(dossier, "G3.10b").met
    assert not verdict(with_proofs(dossier, inauguration_date=None), "G3.10b").met


@pytest.mark.parametrize(
    ("provisional", "definitive", "opens"),
    [
        (date(2024, 5, 30), date(2025, 5, 29), False),
        (date(2024, 5, 30), date(2025, 5, 30), True),
        (date(2024, 2, 29), date(2025, 2, 27), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2023, 2, 28), date(2024, 2, 28), True),
        (date(2023, 2, 28), date(2024, 2, 27), False),
    ],
)
def test_the_guarantee_runs_twelve_calendar_months(
    provisional: date, definitive: date, opens: bool
) -> None:
    """G4.1b: from the provisional acceptance; from a leap day it ends on 28 February."""
    dossier = with_proofs(
        ready(Stage.LAUNCH),
        provisional_acceptance=Proof(provisional),
        definitive_acceptance=Proof(definitive),
    )

    assert verdict(dossier, "G4.1b").met is opens


@pytest.mark.parametrize(("cases", "opens"), [(0, True), (1_00, False)])
def test_where_nothing_was_reconciled_a_paper_says_how_many_cases_are_open(cases: int, opens: bool) -> None:
    """G4.5."""
    dossier = with_proofs(ready(Stage.LAUNCH), open_cases=Proof(TODAY, cases))
    assert verdict(dossier, "G4.5").met
    dossier = replace(dossier, books=replace(dossier.books, cases=None))

    assert verdict(dossier, "G4.5").met is opens


def test_the_beneficiaries_must_be_entered_however_few() -> None:
    """G4.9."""
    assert verdict(with_proofs(ready(Stage.LAUNCH), beneficiaries_first_year=Proof(TODAY, 0)), "G4.9").met
    assert not verdict(with_proofs(ready(Stage.LAUNCH), beneficiaries_first_year=None), "G4.9").met


def test_each_partner_has_signed_for_this_project() -> None:
    """G0.5a: a promise not signed, or signed for tomorrow, is none; no partner at all is not enough."""
    dossier = ready(Stage.ADMISSION)
    promise = dossier.promises[0]

    assert not verdict(replace(dossier, promises=(replace(promise, signed_on=None),)), "G0.5a").met
    late = replace(promise, signed_on=TODAY + timedelta(days=1))
    assert not verdict(replace(dossier, promises=(late,)), "G0.5a").met
    assert verdict(replace(dossier, promises=(replace(promise, signed_on=TODAY),)), "G0.5a").met
    second = dossier.partners | {"region"}
    assert not verdict(replace(dossier, partners=second), "G0.5a").met
    assert not verdict(replace(dossier, partners=frozenset()), "G0.5a").met


def test_each_promise_has_its_budget_year_and_line() -> None:
    """G0.5b."""
    dossier = ready(Stage.ADMISSION)
    other = Promise("region", Money(1), TODAY, programmed=False)

    assert not verdict(replace(dossier, promises=(*dossier.promises, other)), "G0.5b").met
    assert not verdict(replace(dossier, promises=()), "G0.5b").met


def test_a_centime_short_is_a_gap_that_must_be_stated_with_its_plan() -> None:
    """G0.6a hard, G0.6b soft."""
    full = ready(Stage.ADMISSION)
    short = replace(full, foundation_share=Money.parse("1999999.99"))

    def stated(centimes: int, plan: str) -> Dossier:
        return replace(short, gap=Gap(Money(centimes), TODAY, plan))

    assert verdict(full, "G0.6a").met
    assert verdict(full, "G0.6b").met
    assert shut(short) == ["G0.6a", "G0.6b"]
    assert shut(stated(1, "letter sent to the region")) == ["G0.6b"]
    assert shut(stated(0, "letter sent to the region")) == ["G0.6a", "G0.6b"]
    assert shut(stated(1, "")) == ["G0.6a", "G0.6b"]


def test_a_project_without_a_budget_is_never_funded() -> None:
    dossier = replace(ready(Stage.ADMISSION), budget=None)

    assert shut(dossier) == ["G0.6a", "G0.6b"]


def test_a_promise_in_another_currency_cannot_be_added_up() -> None:
    promise = Promise("health-ministry", Money(1, "EUR"), TODAY, programmed=True)

    with pytest.raises(CurrencyMismatch):
        ask_gate(replace(ready(Stage.ADMISSION), promises=(promise,)))


@pytest.mark.parametrize("stage", [stage for stage in GATES if stage is not Stage.ADMISSION])
def test_what_must_go_on_being_true_is_asked_at_every_later_gate(stage: Stage) -> None:
    """G.S: the convention, the promises, the stated gap and the named people."""
    asked = [criterion.rule for criterion in criteria_of(stage, frozenset())]
    bare = with_proofs(
        replace(ready(stage), promises=(), partners=frozenset(), duties=frozenset()),
        partnership_convention=None,
        operator_agreement=None,
    )

    assert set(asked[: len(STANDING)]) == STANDING
    assert set(shut(bare)) == STANDING
    assert "G0.1" not in asked


@pytest.mark.parametrize(("stage", "rule"), HANDS.items())
def test_each_gate_asks_for_its_three_hands(stage: Stage, rule: str) -> None:
    unsigned = replace(ready(stage), quorum=Quorum())
    proposed = replace(ready(stage), quorum=Quorum(proposed_by="officer"))
    certified = replace(ready(stage), quorum=replace(ALL_HANDS, approved_by=None))

    assert shut(unsigned) == [f"{rule}a", f"{rule}b", f"{rule}c"]
    assert shut(proposed) == [f"{rule}b", f"{rule}c"]
    assert shut(certified) == [f"{rule}c"]


def test_a_waiver_counts_until_the_day_before_it_expires() -> None:
    """W2."""
    short = with_proofs(ready(Stage.ADMISSION), risk_register=None)

    assert shut(short) == ["G0.10b"]
    in_force = replace(short, waivers={"G0.10b": TODAY + timedelta(days=1)})
    assert shut(in_force) == []
    assert verdict(in_force, "G0.10b").waived
    assert not verdict(in_force, "G0.10b").met
    assert shut(replace(short, waivers={"G0.10b": TODAY})) == ["G0.10b"]
    assert shut(replace(short, waivers={"G0.10b": TODAY - timedelta(days=1)})) == ["G0.10b"]


@pytest.mark.parametrize("rule", [rule for rule, criterion in CRITERIA.items() if criterion.hard])
def test_no_waiver_ever_opens_a_hard_criterion(rule: str) -> None:
    """W1."""
    stage = next(stage for stage, gate in GATES.items() if CRITERIA[rule] in gate)
    empty = Dossier(
        "sample-centre",
        stage,
        Status.ACTIVE,
        TODAY,
        traits=ALL_TRAITS,
        waivers=dict.fromkeys(CRITERIA, date.max),
    )

    assert not verdict(empty, rule).passes


def test_what_is_met_is_not_called_waived() -> None:
    dossier = replace(ready(Stage.ADMISSION), waivers={"G0.10b": date.max})

    assert verdict(dossier, "G0.10b").met
    assert not verdict(dossier, "G0.10b").waived


@pytest.mark.parametrize(
    ("kind", "beds", "permits"),
    [
        ("CMP", 0, ["G3.9a"]),
        ("production-unit", 0, ["G3.9c"]),
        ("vocational-training", 0, ["G3.9b"]),
        ("vocational-training", 40, ["G3.9b", "G3.9d"]),
        ("hearing-rehabilitation", 0, ["G3.9a", "G3.9b"]),
        ("women-centre", 0, []),
        ("women-centre", 1, ["G3.9d"]),
        ("social-complex", 0, ["G3.9a", "G3.9d", "G3.9e"]),
    ],
)
def test_the_permits_follow_from_the_kind_and_the_beds(kind: str, beds: int, permits: list[str]) -> None:
    """K1."""
    dossier = with_proofs(
        replace(ready(Stage.EQUIPMENT), traits=traits_of(kind, beds)),
        health_authorisation=None,
        education_authorisation=None,
        sanitary_approval=None,
        boarding_rules=None,
        social_care_authorisation=None,
    )

    assert shut(dossier) == permits


def test_every_trait_of_a_kind_is_asked_for_somewhere() -> None:
    asked = {criterion.trait for criterion in CRITERIA.values()} - {None}

    assert asked == set().union(*KINDS.values())


def test_each_rule_number_and_each_code_of_a_gate_is_its_own() -> None:
    assert len(CRITERIA) == sum(len(gate) for gate in GATES.values())
    for stage in GATES:
        codes = [criterion.code for criterion in criteria_of(stage, ALL_TRAITS)]
        assert len(codes) == len(set(codes))


def test_no_signature_can_be_waived() -> None:
    """W1."""
    assert all(criterion.hard for criterion in CRITERIA.values() if isinstance(criterion.need, Signed))


def test_a_closed_project_is_asked_nothing() -> None:
    assert ask_gate(ready(Stage.CLOSED)) == ()
