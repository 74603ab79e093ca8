"""Pictures of money over time: the S-curve of a project, and what comes in and goes out each month.

Time runs from left to right in Arabic too (Y7); words are shaped and ordered by matplotlib itself.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from math import nan
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

from models.rules.money import Money
from models.rules.text import visible
from notifications.words import is_rtl, say, shown
from reports.papers import FONTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["svg", "png"]

_INCHES, _DOTS = (9.0, 4.5), 120
_MILLION = 1_000_000
_MOST_LABELS, _LONGEST_TITLE = 10, 90
_FEWEST_BARS = 6  # a single month is no wall
_BLUE, _GREEN, _RED, _GREY = "#1f5f99", "#2e7d32", "#b3261e", "#666666"
_ONE_AT_A_TIME = Lock()  # matplotlib's settings belong to the whole process
_OURS, _LATIN = "Noto Naskh Arabic", "DejaVu Sans"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Sums from the beginning up to a day. None: not known, or not yet."""

    day: date
    planned: Money | None
    earned: Money | None = None
    actual: Money | None = None


@dataclass(frozen=True, slots=True)
class CashMonth:
    """What comes in and goes out in one month, and what is left at its end."""

    month: date
    received: Money
    paid: Money
    left: Money


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a picture. A sample says so across it."""

    title: str
    language: str
    kind: Kind = "svg"
    sample: bool = False


def s_curve(points: Sequence[CurvePoint], frame: Frame) -> bytes:
    """Draw planned, earned and actual sums over time. The same points give the same bytes.

    Raises: CurrencyMismatch where the points are in different currencies.
    Source: docs/rules.md, Y7.
    """
    lines = (
        (say("curve.planned", frame.language), [point.planned for point in points], _GREY, "--"),
        (say("curve.earned", frame.language), [point.earned for point in points], _BLUE, "-"),
        (say("curve.actual", frame.language), [point.actual for point in points], _RED, "-"),
    )
    unit = _unit(amount for _, amounts, _, _ in lines for amount in amounts)

    def draw(axes: "Axes") -> None:
        for name, amounts, colour, way in lines:
            if any(amount is not None for amount in amounts):
                heights = [_height(amount, unit) for amount in amounts]
                axes.plot(
                    range(len(points)), heights, way, color=colour, label=name, marker="o", markersize=3
                )
        axes.set_ylim(bottom=0)

    return _drawn(draw, [point.day for point in points], unit, frame)


def cash_flow(months: Sequence[CashMonth], frame: Frame) -> bytes:
    """Draw what comes in and goes out by month as bars, and what is left as a line.

    Raises: CurrencyMismatch where the months are in different currencies.
    Source: docs/rules.md, Y7.
    """
    unit = _unit(amount for month in months for amount in (month.received, month.paid, month.left))
    places = range(len(months))

    def draw(axes: "Axes") -> None:
        received, paid = (
            [_height(month.received, unit) for month in months],
            [-_height(month.paid, unit) for month in months],
        )
        axes.bar(places, received, color=_GREEN, label=say("cash.received", frame.language))
        axes.bar(places, paid, color=_RED, label=say("cash.paid", frame.language))
        left = [_height(month.left, unit) for month in months]
        axes.plot(
            places, left, color=_BLUE, marker="o", markersize=3, label=say("cash.left", frame.language)
        )
        axes.axhline(0, color=_GREY, linewidth=0.8)
        axes.set_xlim(-1, max(len(months), _FEWEST_BARS))

    return _drawn(draw, [month.month for month in months], unit, frame)


def _unit(amounts: Iterable[Money | None]) -> int:
    """Return what one step of the axis counts: dirhams, or millions of them."""
    sizes = [
        max(amount, Money(-amount.centimes, amount.currency)) for amount in amounts if amount is not None
    ]
    return _MILLION if sizes and max(sizes).decimal >= _MILLION else 1


def _height(amount: Money | None, unit: int) -> float:
    return nan if amount is None else float(amount.decimal / unit)


def _drawn(draw: Callable[["Axes"], None], days: Sequence[date], unit: int, frame: Frame) -> bytes:
    _prepare()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    language = frame.language
    families = [_OURS, _LATIN] if is_rtl(language) else [_LATIN, _OURS]
    with _ONE_AT_A_TIME, rc_context({"font.family": families}):
        figure = Figure(figsize=_INCHES, layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.set_title(_fitting(frame.title))
        axes.set_ylabel(say("curve.millions" if unit == _MILLION else "curve.units", language))
        axes.yaxis.set_major_formatter(lambda height, _place: shown(round(height, 2), language))
        step = max(1, -(-len(days) // _MOST_LABELS))
        labels = {place: f"{day:%m/%Y}" for place, day in enumerate(days) if place % step == 0}
        axes.set_xticks(list(labels), list(labels.values()))
        axes.grid(axis="y", color="#dddddd")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
        if frame.sample:
            words = say("paper.sample", language)
            figure.text(0.5, 0.5, words, fontsize=26, color="#aa0000", alpha=0.15, ha="center", rotation=20)
        picture = BytesIO()
        metadata = {"Date": None} if frame.kind == "svg" else {"Software": None}
        figure.savefig(picture, format=frame.kind, dpi=_DOTS, metadata=metadata)
    return picture.getvalue()


def _fitting(title: str) -> str:
    seen = " ".join(visible(title).split())
    return seen if len(seen) <= _LONGEST_TITLE else f"{seen[:_LONGEST_TITLE]}…"


@lru_cache(maxsize=1)
def _prepare() -> None:
    """Keep matplotlib to its own fonts and ours, and to settings that are the same on every machine."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    own = Path(matplotlib.get_data_path())
    fontManager.ttflist = [font for font in fontManager.ttflist if own in Path(font.fname).parents]
    for file in sorted(FONTS.glob("*.ttf")):
        fontManager.addfont(file)
    matplotlib.rcdefaults()
    matplotlib.rcParams |= {
        "text.parse_math": False,  # a name is a name, with or without dollar signs
        "svg.hashsalt": "tadshin",
        "svg.fonttype": "path",
        "axes.unicode_minus": True,
    }
