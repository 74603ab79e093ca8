import pytest

from models.rules.kinds import KINDS, Trait, traits_of


@pytest.mark.parametrize(
    ("kind", "traits"),
    [
        ("CMP", {Trait.HEALTH}),
        ("production-unit", {Trait.FOOD}),
        ("vocational-training", {Trait.EDUCATION}),
        ("women-centre", set()),
        ("social-complex", {Trait.HEALTH, Trait.SOCIAL_CARE, Trait.BOARDING}),
    ],
)
def test_a_kind_brings_its_traits(kind: str, traits: set[Trait]) -> None:
    """K1."""
    assert traits_of(kind, beds=0) == traits


@pytest.mark.parametrize("kind", KINDS)
def test_one_bed_makes_any_centre_a_boarding_one(kind: str) -> None:
    """K1."""
    assert traits_of(kind, beds=1) == KINDS[kind] | {Trait.BOARDING}
