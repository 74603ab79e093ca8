"""What was taken over from the foundation's activity report of 2021 (data/report-2021/)."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from models.rules.findings import SIDES, Reading, Severity
from models.rules.kinds import Sector
from models.rules.money import CENTIMES_PER_UNIT, Money
from models.rules.stages import Stage
from models.settings import DATA

FOLDER = DATA / "report-2021"
DIRHAMS_PER_MDH = 1_000_000
LONGEST_SOURCE = 200
PARTNER = "partner"

STAGE_OF_TABLE = {
    "in_service": Stage.LAUNCH,
    "construction_complete": Stage.CONSTRUCTION,
    "study_or_construction": Stage.STUDY,
}
"""The stage at which a centre of each overview table is taken over (docs/rules.md, D2)."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre project of the overview tables. `budget` is of the whole project, all partners together."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    sector: Sector
    kind: str
    province: str
    site_ar: str
    site_fr: str
    stage: Stage
    budget: Money
    beds: int
    source: str


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """An organisation with every spelling printed or usual; `unqualified` fit several such bodies."""

    key: str
    name_ar: str
    name_fr: str
    name_en: str
    type: str
    placeholder: bool
    spellings: tuple[str, ...]
    unqualified: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """A partner's part in a centre, and which list of the report says so."""

    project: str
    partner: str
    reading: Reading
    source: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A disagreement of the report with itself, each side said in three languages."""

    key: str
    type: str
    severity: Severity
    projects: tuple[str, ...]
    subject: str
    overview_ar: str
    overview_fr: str
    overview_en: str
    detail_ar: str
    detail_fr: str
    detail_en: str
    lines: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a reading says of one project: a partner that takes part, or the value of a field."""

    finding: str
    reading: Reading
    project: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SectorCommitment:
    """A commitment that the report states for 2021; a fact about the report, not project money."""

    key: str
    label_ar: str
    label_fr: str
    label_en: str
    amount: Money
    confidence: str
    source: str


@cache
def centres() -> tuple[Centre, ...]:
    """Return the 27 centre projects, in the order of the report."""
    return tuple(
        Centre(
            **_of(row, "key", "name_ar", "name_fr", "name_en", "kind", "province", "site_ar", "site_fr"),
            sector=Sector(row["sector"]),
            stage=STAGE_OF_TABLE[row["table_status"]],
            budget=_money(row["budget_mdh_overview"]),
            beds=int(row["beds"]),
            source=_source(row["source_lines"]),
        )
        for row in _rows("centres")
    )


@cache
def partners() -> tuple[PartnerRow, ...]:
    """Return every organisation that the report names."""
    return tuple(
        PartnerRow(
            **_of(row, "key", "name_ar", "name_fr", "name_en", "type"),
            placeholder=row["placeholder"] == "yes",
            spellings=_split(row["printed"], "|") + _split(row["other_names"], "|"),
            unqualified=_split(row["unqualified"], "|"),
            source=_source(row["source_lines"]),
        )
        for row in _rows("partners")
    )


@cache
def links() -> tuple[Link, ...]:
    """Return who takes part in which centre, in both readings."""
    return tuple(
        Link(row["project"], row["partner"], Reading(row["reading"]), _source(row["source_lines"]))
        for row in _rows("centre_partners")
    )


@cache
def findings() -> tuple[FindingRow, ...]:
    """Return where the report disagrees with itself; no projects means the whole portfolio."""
    words = [f"{side}_{language}" for side in ("overview", "detail") for language in ("ar", "fr", "en")]
    return tuple(
        FindingRow(
            **_of(row, "key", "type", "subject", "lines", *words),
            severity=Severity(row["severity"]),
            projects=tuple(row["projects"].split()),
        )
        for row in _rows("findings")
    )


@cache
def effects() -> tuple[Effect, ...]:
    """Return what each reading of a finding means for the projects it is about."""
    return tuple(
        Effect(**_of(row, "finding", "project", "field", "value"), reading=Reading(row["reading"]))
        for row in _rows("finding_effects")
    )


def left_out(finding: str, reading: str) -> frozenset[tuple[str, str]]:
    """Return the centres and partners (keys) that a finding parts when it is settled for one reading.

    They are the partners that only the other reading names; any other answer leaves nobody out.
    Source: docs/rules.md, D7 and D8.
    """
    if reading not in SIDES:
        return frozenset()
    named = [effect for effect in effects() if (effect.finding, effect.field) == (finding, PARTNER)]
    kept = {(effect.project, effect.value) for effect in named if effect.reading == reading}
    return frozenset((effect.project, effect.value) for effect in named) - kept


@cache
def commitments() -> tuple[SectorCommitment, ...]:
    """Return the commitments of 2021: eight sectors that add up, and figures that overlap with them."""
    return tuple(
        SectorCommitment(
            **_of(row, "key", "label_ar", "label_fr", "label_en", "confidence"),
            amount=_money(row["amount_mdh"]),
            source=_source(row["source_lines"]),
        )
        for row in _rows("commitments")
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _of(row: dict[str, str], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _split(text: str, mark: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(mark) if part)


def _money(millions: str) -> Money:
    return Money(int(Decimal(millions) * DIRHAMS_PER_MDH * CENTIMES_PER_UNIT))


def _source(lines: str) -> str:
    """Name the report and its lines, as many as a source may hold."""
    source = f"report 2021, lines {lines}"
    if len(source) <= LONGEST_SOURCE:
        return source
    return source[: LONGEST_SOURCE - 1].rpartition(";")[0] + "…"
