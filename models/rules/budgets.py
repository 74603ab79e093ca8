"""What budget lines are made of, and how their amounts may change."""

from enum import StrEnum


class Nature(StrEnum):
    """What a budget line pays for."""

    STUDIES = "studies"
    LAND = "land"
    WORKS = "works"
    SUPERVISION = "supervision"
    EQUIPMENT = "equipment"
    CONNECTIONS = "connections"
    COMMISSIONING = "commissioning"
    CONTINGENCY = "contingency"
    OTHER = "other"


class BudgetChange(StrEnum):
    """What kind of entry changes a budget line."""

    INITIAL = "initial"
    REVISION = "revision"
    TRANSFER = "transfer"
