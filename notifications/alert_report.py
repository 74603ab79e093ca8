"""The sentence about a morning's alerts that closes a run."""

from collections.abc import Mapping

from models.rules.money_alerts import Alert
from notifications.words import listed, say


def in_words(told: Mapping[Alert, int], language: str) -> str:
    """Say how many alerts are new, and of what kinds."""
    counts = [
        say("run.alerts_of", language, alert=alert, told=told[alert]) for alert in Alert if told[alert]
    ]
    if not counts:
        return say("run.no_alerts", language)
    return say("run.alerts_told", language, told=sum(told.values()), kinds=listed(counts, language))
