"""Setting aside a soft criterion: which one, and until when."""

from datetime import date, timedelta
from difflib import get_close_matches

from models.rules.approvals import WAIVER_LONGEST_DAYS
from models.rules.errors import BadValue, CentreError, UnknownKey
from models.rules.gates import Criterion, criteria_of
from models.rules.kinds import Trait
from models.rules.stages import Stage
from models.rules.text import visible


class HardCriterion(CentreError):
    """A hard criterion cannot be waived. Details: rule, criterion, owner."""

    code = "hard_criterion"


def find_waivable(rule: str, stage: Stage, traits: frozenset[Trait]) -> Criterion:
    """Return the soft criterion of a number, among those that the project's next gate asks.

    Raises: UnknownKey, with the nearest soft numbers first, when the gate asks no such rule; HardCriterion.
    Source: docs/rules.md, W1.
    """
    asked = {criterion.rule: criterion for criterion in criteria_of(stage, traits)}
    if rule not in asked:
        soft = [criterion.rule for criterion in asked.values() if not criterion.hard]
        near = get_close_matches(rule[:60], soft, n=len(soft) or 1, cutoff=0)
        raise UnknownKey(noun="rule", key=visible(rule[:60]), candidates=tuple(near))
    criterion = asked[rule]
    if criterion.hard:
        raise HardCriterion(rule=rule, criterion=criterion.code, owner=criterion.owner)
    return criterion


def check_waiver_end(expires_on: date, today: date) -> None:
    """Accept a last day that lies ahead, and not too far. `expires_on`: first day without the waiver.

    Raises: BadValue.
    Source: docs/rules.md, W2.
    """
    if expires_on <= today:
        raise BadValue(field="expires_on", value=expires_on, reason="not_after_today", limit=today)
    latest = today + timedelta(days=WAIVER_LONGEST_DAYS)
    if expires_on > latest:
        raise BadValue(field="expires_on", value=expires_on, reason="too_late", limit=latest)
