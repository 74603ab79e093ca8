"""matches.csv: a row for each line and target, and for lines without one, with the reasons in codes."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reconcile.arrays import Floats, Ints
from reconcile.booking import Stage
from reconcile.books import INCOMING, UNKNOWN
from reconcile.explain import LEVELS, MATCHED, SUGGESTED, Told, tell
from reconcile.outcome import Outcome

COLUMNS = (
    *("line_id", "target_type", "target_id", "amount", "status", "stage", "share", "points", "evidence"),
    *("rival_id", "rival_points"),
)
Texts = NDArray[np.object_]
_TWO = 100


def write_matches(outcome: Outcome, file: Path) -> None:
    """Write matches.csv whole: it is there when it is finished, and not before."""
    fresh = file.with_name(f".{file.name}.new")
    table_of(outcome).to_csv(fresh, index=False, lineterminator="\n", encoding="utf-8")
    fresh.replace(file)


def table_of(outcome: Outcome) -> pd.DataFrame:
    """Return the rows of matches.csv in the order of the lines' ids."""
    told = tell(outcome)
    lines, targets = outcome.books.lines, outcome.books.targets
    line_ids = np.array([*lines.ids, ""], object)  # the place UNKNOWN is the last one
    target_ids = np.array([*targets.ids, ""], object)
    side = np.append(targets.side, 0)[told.target]
    kind = np.where(side == INCOMING, "tranche", "certificate").astype(object)
    stage = np.array([str(one) for one in told.stage], object)
    is_pair = told.target != UNKNOWN
    has_rival = told.rival != UNKNOWN
    status = np.where(stage == str(Stage.SUGGESTION), SUGGESTED, MATCHED)
    columns = (
        line_ids[told.line],
        np.where(is_pair, kind, stage),
        np.where(is_pair, target_ids[told.target], line_ids[told.other]),
        _decimals(told.amount),
        status,
        stage,
        *(_rounded(numbers) for numbers in (told.share, told.points)),
        _evidence(told),
        target_ids[told.rival],
        np.where(has_rival, _rounded(told.rival_points), ""),
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _evidence(told: Told) -> Texts:
    """Return the codes of each row, such as `amount:exact reference:named party:clear`."""
    whole = np.zeros(len(told), np.int64)
    for name, levels in LEVELS.items():
        whole = whole * (len(levels) + 1) + told.words[name] + 1
    codes, back = np.unique(whole, return_inverse=True)
    return np.array([_words(int(code)) for code in codes], object)[back]


def _words(code: int) -> str:
    words = []
    for name, levels in reversed(list(LEVELS.items())):
        code, place = divmod(code, len(levels) + 1)
        if place:
            words.append(f"{name}:{levels[place - 1]}")
    return " ".join(reversed(words))


def _rounded(
    numbers: Floats,
) -> Texts:
    return _decimals(np.rint(numbers * _TWO).astype(np.int64))


def _decimals(hundredths: Ints) -> Texts:
    """Return whole hundredths with a point and two decimals; equal ones are written once."""
    known, back = np.unique(hundredths, return_inverse=True)
    texts = [f"{'-' * (one < 0)}{abs(one) // _TWO}.{abs(one) % _TWO:02d}" for one in known.tolist()]
    return np.array(texts, object)[back]
