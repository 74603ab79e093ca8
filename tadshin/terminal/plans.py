"""How a plan of tranches is written on the command line: "30%@stage:construction@2026-09-30"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.errors import BadValue, CentreError
from models.rules.evidence import EVIDENCE, WHOLE
from models.rules.money import Money
from models.rules.stages import Stage
from models.rules.tranches import PlannedTranche, Trigger, apportion, check_tranche
from tadshin.terminal.choices import Coded, short
from tadshin.terminal.errors import TrancheRefused

SIGN, TELLS = "@", ":"
EXAMPLE = "30%@stage:construction@2026-09-30"
PERCENT_SIGNS = ("%", "٪")
REST = ("rest", "reste", "الباقي")
_FEWEST, _MOST = 2, 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A tranche as it was typed: an amount, a share (hundredths of a percent), or the rest.

    `expected_on` is None where no day was given.
    """

    text: str
    amount: Money | None
    share: int | None
    trigger: Trigger
    expected_on: date | None
    stage: Stage | None = None
    progress: int | None = None
    document: str = ""

    @property
    def is_rest(self) -> bool:
        return self.amount is None and self.share is None


@dataclass(frozen=True, slots=True)
class Plan:
    """The tranches of a plan. `assumed`: the numbers of those for which no day was given."""

    tranches: tuple[PlannedTranche, ...]
    assumed: tuple[int, ...]


def read_plan(texts: Sequence[str], day_first: bool | None) -> tuple[Asked, ...]:
    """Read the tranches of a plan, each in its place.

    `day_first`: how a day is read whose day and month could change places; None: not at all.
    Raises: TrancheRefused, which names the tranche.
    Source: docs/rules.md, X31.
    """
    asked = []
    for number, text in enumerate(texts, start=1):
        try:
            asked.append(_read(text, day_first))
        except CentreError as error:
            raise TrancheRefused(number, short(text), error) from error
        if sum(one.is_rest for one in asked) > 1:
            twice = BadValue(field="amount", value=short(text), reason="rest_twice")
            raise TrancheRefused(number, short(text), twice)
    return tuple(asked)


def lay_out(asked: Sequence[Asked], net: Money, known: Mapping[int, PlannedTranche], usually: date) -> Plan:
    """Put amounts and days to the tranches asked for.

    A share is of `net`, what is left of the commitment; the rest is what the others leave of it. A
    tranche without a day keeps the one that it has (`known`, by its number, with the same trigger), or is
    expected `usually`.
    Raises: TrancheRefused.
    Source: docs/rules.md, X31.
    """
    amounts = _amounts(asked, net)
    tranches, assumed = [], []
    for number, one in enumerate(asked, start=1):
        day = one.expected_on or _kept(one, known.get(number))
        if day is None:
            assumed.append(number)
        tranche = PlannedTranche(
            amounts[number - 1],
            one.trigger,
            day or usually,
            stage=one.stage,
            progress=one.progress,
            document=one.document,
        )
        try:
            check_tranche(tranche, tranche.amount.currency)
        except CentreError as error:
            raise TrancheRefused(number, short(one.text), error) from error
        tranches.append(tranche)
    return Plan(tuple(tranches), tuple(assumed))


def _amounts(asked: Sequence[Asked], net: Money) -> list[Money]:
    shares = iter(apportion(net, [one.share for one in asked if one.share is not None]))
    amounts = [next(shares) if one.share is not None else one.amount for one in asked]
    said = sum(amount.centimes for amount in amounts if amount is not None)
    rest = Money(net.centimes - said, net.currency)
    return [rest if amount is None else amount for amount in amounts]


def _kept(asked: Asked, before: PlannedTranche | None) -> date | None:
    """Return the day on which a tranche is expected already, where it is let be called as before."""
    if before is None:
        return None
    same = (asked.trigger, asked.stage, asked.progress, asked.document)
    if same != (before.trigger, before.stage, before.progress, before.document):
        return None
    return before.expected_on


def _read(text: str, day_first: bool | None) -> Asked:
    from intake.dates import read_date

    parts = [part.strip() for part in text.split(SIGN)]
    if not _FEWEST <= len(parts) <= _MOST or TELLS not in parts[1]:
        raise BadValue(field="tranche", value=short(text), reason="not_a_tranche", limit=EXAMPLE)
    name, value = (part.strip() for part in parts[1].split(TELLS, 1))
    trigger = Trigger(Coded(Trigger, "trigger").code_of(name))
    amount, share = _read_amount(parts[0])
    day = read_date(parts[2], "expected_on", day_first=day_first) if len(parts) == _MOST else None
    if trigger is Trigger.DATE:
        if day is not None:
            raise BadValue(field="expected_on", value=short(parts[2]), reason="day_twice")
        return Asked(text, amount, share, trigger, read_date(value, "expected_on", day_first=day_first))
    stage, progress, document = _read_trigger(trigger, value)
    return Asked(text, amount, share, trigger, day, stage, progress, document)


def _read_amount(text: str) -> tuple[Money | None, int | None]:
    """Return an amount, or a share in hundredths of a percent; neither for the rest."""
    from intake.values import read_amount

    if text.casefold() in REST:
        return None, None
    if not text.endswith(PERCENT_SIGNS):
        return Money(read_amount(text, "amount")), None
    share = read_amount(text[:-1], "share")
    if not 0 < share <= WHOLE:
        raise BadValue(field="share", value=share / 100, reason="out_of_range", least=0.01, most=100)
    return None, share


def _read_trigger(trigger: Trigger, value: str) -> tuple[Stage | None, int | None, str]:
    """Return the stage, the progress or the document that lets a tranche be called."""
    from intake.values import read_amount

    if trigger is Trigger.STAGE:
        return Stage(Coded(Stage, "stage").code_of(value)), None, ""
    if trigger is Trigger.PROGRESS:
        return None, read_amount(value.rstrip("".join(PERCENT_SIGNS)), "progress"), ""
    return None, None, Coded(EVIDENCE, "evidence", strictly=False).code_of(value)
