"""The kinds of centre and what each brings with it (docs/rules.md, K1)."""

from collections.abc import Mapping
from enum import StrEnum


class Sector(StrEnum):
    """The foundation's sectors of action, as its report names them."""

    HEALTH = "health"
    DISABILITY = "disability"
    TRAINING_EMPLOYMENT = "training_employment"
    PRECARITY = "precarity"
    ECONOMIC_INCLUSION = "economic_inclusion"


class Trait(StrEnum):
    """What an activity carries with it; a criterion may ask for one."""

    HEALTH = "health"
    EDUCATION = "education"
    FOOD = "food"
    BOARDING = "boarding"
    SOCIAL_CARE = "social_care"


KINDS: Mapping[str, frozenset[Trait]] = {
    "CMP": frozenset({Trait.HEALTH}),
    "primary-care": frozenset({Trait.HEALTH}),
    "chronic-disease": frozenset({Trait.HEALTH}),
    "addiction": frozenset({Trait.HEALTH}),
    "psychosocial-rehabilitation": frozenset({Trait.HEALTH}),
    "functional-rehabilitation": frozenset({Trait.HEALTH}),
    "hearing-rehabilitation": frozenset({Trait.HEALTH, Trait.EDUCATION}),
    "disability-socio-educational": frozenset({Trait.HEALTH, Trait.SOCIAL_CARE}),
    "vocational-training": frozenset({Trait.EDUCATION}),
    "youth-training": frozenset({Trait.EDUCATION}),
    "second-chance-school": frozenset({Trait.EDUCATION}),
    "women-centre": frozenset(),
    "cultural-centre": frozenset(),
    "production-unit": frozenset({Trait.FOOD}),
    "digital-incubator": frozenset(),
    "social-complex": frozenset({Trait.HEALTH, Trait.SOCIAL_CARE, Trait.BOARDING}),
}


def traits_of(kind: str, beds: int) -> frozenset[Trait]:
    """Return what a centre of this kind carries; beds (a count) make any centre a boarding one.

    Source: docs/rules.md, K1.
    """
    traits = KINDS[kind]
    return traits | {Trait.BOARDING} if beds else traits
