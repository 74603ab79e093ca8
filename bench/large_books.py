"""Books of any size, made quickly: columns of numbers first, texts last; a seed always makes the same."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]

FIRST = np.datetime64("2015-01-01")
DAYS = 3900
TARGETS = 0.9
"""Targets for each line."""

LARGEST = 0.2
"""The part of all targets that the largest partner holds."""

_OF_AGREEMENT, _OF_PROJECT = 5, 12  # targets of an agreement, agreements of a project
_ROUND = np.array([25, 50, 50, 75, 100, 100, 150, 150, 200, 250, 300, 400, 500, 1000]) * 1_000_000
_LETTERS = (
    "BA",
    "DE",
    "GHI",
    "KO",
    "LU",
    "MAR",
    "NES",
    "RI",
    "SAL",
    "TO",
    "ZER",
    "FA",
    "QUI",
    "HAM",
    "JOU",
    "WA",
)
_RECEIVED = np.array(["VIR RECU ", "VIREMENT EN FAVEUR ", "REMISE ", "TRANSFERT "], object)
_SENT = np.array(["VIR EMIS ", "REGLEMENT ", "CHEQUE ", "ORDRE "], object)


@dataclass(frozen=True, slots=True)
class _Owed:
    agreement: Ints
    count: Ints
    number: Ints
    dated: Ints
    amount: Ints
    party: Ints
    project: Ints
    is_call: NDArray[np.bool_]


def write(folder: Path, lines: int, seed: int = 1) -> None:
    """Write books of about so many lines."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    targets = int(lines * TARGETS)
    agreements = targets // _OF_AGREEMENT + 1
    parties = 60 + lines // 1500
    owed = _owed(rng, targets, agreements, parties)
    names = _names(parties)
    _write_targets(folder, owed, agreements, names)
    _paid(rng, owed, names, lines).to_csv(folder / "ledger.csv", index=False)


def _owed(rng: np.random.Generator, targets: int, agreements: int, parties: int) -> _Owed:
    agreement = np.arange(targets) // _OF_AGREEMENT
    count = np.arange(targets) % _OF_AGREEMENT + 1
    start = rng.integers(0, DAYS - 600, agreements)
    dated = start[agreement] + count * rng.integers(30, 100, agreements)[agreement]
    is_call = agreement % 2 == 0
    of_call, of_contract = (
        rng.integers(1, parties // 3, agreements),
        rng.integers(parties // 3, parties, agreements),
    )
    of_call[rng.random(agreements) < 2 * LARGEST] = 0
    party = np.where(is_call, of_call[agreement], of_contract[agreement])
    round_amount = rng.choice(_ROUND, agreements)[agreement]
    odd = rng.integers(2_000_000, 400_000_000, targets)
    amount = np.where(is_call & (rng.random(targets) < 0.75), round_amount, odd)
    project = rng.integers(0, agreements // _OF_PROJECT + 1, agreements)[agreement]
    return _Owed(agreement, count, _numbers(_years(dated)), dated, amount, party, project, is_call)


def _years(days: Ints) -> Ints:
    return (FIRST + days).astype("datetime64[Y]").astype(np.int64) + 1970


def _numbers(years: Ints) -> Ints:
    """Return numbers that run within each year."""
    order = np.argsort(years, kind="stable")
    first = np.searchsorted(years[order], years[order], "left")
    number = np.empty(len(years), np.int64)
    number[order] = np.arange(len(years)) - first + 1
    return number


def _names(parties: int) -> Texts:
    base = len(_LETTERS)
    words = [
        _LETTERS[n % base] + _LETTERS[n // base % base] + _LETTERS[n * 7 % base] for n in range(parties)
    ]
    kinds = ["CONSEIL DE" if n < parties // 3 else "SOCIETE" for n in range(parties)]
    return np.array(
        [
            f"{kind} {word} {_LETTERS[n % 5]}{n % 97}"
            for n, (kind, word) in enumerate(zip(kinds, words, strict=True))
        ],
        object,
    )


def _texts(pattern: str, *columns: Ints | Texts) -> Texts:
    return np.array([pattern % row for row in zip(*(one.tolist() for one in columns), strict=True)], object)


def _days(days: Ints) -> Texts:
    return (FIRST + days).astype(str).astype(object)


def _money(centimes: Ints) -> Texts:
    sign = np.where(centimes < 0, "-", "").astype(object)
    return _texts("%s%d.%02d", sign, np.abs(centimes) // 100, np.abs(centimes) % 100)


def _write_targets(folder: Path, owed: _Owed, agreements: int, names: Texts) -> None:
    first = owed.dated[np.minimum(np.arange(agreements) * _OF_AGREEMENT, len(owed.dated) - 1)]
    years = _years(first)
    number = _numbers(years)
    calls, contracts = _texts("CONV-%d-%04d", years, number), _texts("%04d/TRV/%d", number, years)
    for name, mine in (("tranches", owed.is_call), ("certificates", ~owed.is_call)):
        rows = np.flatnonzero(mine)
        of = (calls if name == "tranches" else contracts)[owed.agreement[rows]]
        called = _texts("AF-%d-%05d", _years(owed.dated[rows]), owed.number[rows])
        certified = _texts("%s-D%02d", of, owed.count[rows])
        agreement = "convention" if name == "tranches" else "contract"
        own = name.removesuffix("s")
        head = "call" if name == "tranches" else "certificate"
        frame = {
            f"{own}_id": _texts("T%07d", rows),
            f"{head}_ref": called if name == "tranches" else certified,
            f"{agreement}_id": of,
            f"{agreement}_ref": of,
            "project_id": _texts("P%05d", owed.project[rows]),
            "party_id": _texts("PA%05d", owed.party[rows]),
            "seq": owed.count[rows],
            "call_date" if name == "tranches" else "date": _days(owed.dated[rows]),
            "due_date": _days(owed.dated[rows] + 30),
            "amount" if name == "tranches" else "net_payable": _money(owed.amount[rows]),
            "currency": "MAD",
        }
        pd.DataFrame(frame).to_csv(folder / f"{name}.csv", index=False)
    projects = np.arange(int(owed.project.max()) + 1)
    pd.DataFrame({"project_id": _texts("P%05d", projects), "code": _texts("PRJ-%05d", projects)}).to_csv(
        folder / "projects.csv", index=False
    )
    everybody = np.arange(len(names))
    parties = {"party_id": _texts("PA%05d", everybody), "name_fr": names, "name_ar": "", "acronym": ""}
    pd.DataFrame(parties).to_csv(folder / "partners.csv", index=False)


def _paid(rng: np.random.Generator, owed: _Owed, names: Texts, lines: int) -> pd.DataFrame:
    """Return the ledger: payments whole, together and in two parts, some printed twice, and fees."""
    targets = len(owed.amount)
    how = rng.random(targets)
    is_split = how < 0.08
    # Every tenth agreement pays its first two targets together.
    joined = (owed.agreement % 10 == 3) & (owed.count == 1) & (np.arange(targets) < targets - 1)
    is_paid = (how < 0.94) & ~np.roll(joined, 1)
    row = np.concatenate([np.flatnonzero(is_paid), np.flatnonzero(is_paid & is_split)])
    amount = owed.amount[row] + np.where(joined[row], np.roll(owed.amount, -1)[row], 0)
    part = owed.amount[row] * 3 // 1000 * 100
    second = np.arange(len(row)) >= int(is_paid.sum())
    amount = np.where(is_split[row] & ~joined[row], np.where(second, owed.amount[row] - part, part), amount)
    day = owed.dated[row] + rng.integers(5, 90, len(row)) + 20 * second
    payments = _texts_of(rng, owed, names, row, day, amount)
    others = max(lines - len(row), lines // 50)
    fees = pd.DataFrame(
        {
            "day": rng.integers(0, DAYS, others),
            "amount": -rng.choice(np.array([1500, 3300, 5000, 11000]), others),
            "label": "FRAIS DE TENUE",
        }
    )
    frame = pd.concat([payments, fees], ignore_index=True).fillna("")
    again = frame.iloc[: lines // 25].assign(source="BK2", bank_ref="")
    frame = pd.concat([frame.assign(source="BK1", bank_ref=_texts("%09d", np.arange(len(frame)))), again])
    frame = frame.sort_values("day", kind="stable", ignore_index=True)
    everything = frame["day"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "line_id": _texts("L%07d", np.arange(len(frame))),
            "source": frame["source"],
            "op_date": _days(everything),
            "amount": _money(frame["amount"].to_numpy(np.int64)),
            "currency": "MAD",
            "orig_amount": "",
            "orig_currency": "",
            "label": frame["label"],
            "reference": frame.get("reference", ""),
            "counterparty": frame.get("counterparty", ""),
            "project_code": frame.get("project_code", ""),
            "bank_ref": frame["bank_ref"],
        }
    )


def _texts_of(
    rng: np.random.Generator, owed: _Owed, names: Texts, row: Ints, day: Ints, amount: Ints
) -> pd.DataFrame:
    count, is_call = len(row), owed.is_call[row]
    verbs = np.where(is_call, rng.choice(_RECEIVED, count), rng.choice(_SENT, count))
    called = _texts("AF %d %05d", _years(owed.dated[row]), owed.number[row])
    says = rng.random(count) < 0.6
    reference = np.where(says & is_call, called, "")
    name = np.where(rng.random(count) < 0.85, names[owed.party[row]], "")
    extra = _texts(" OP %d", rng.integers(10**6, 10**7, count))
    in_label = rng.random(count) < 0.5
    return pd.DataFrame(
        {
            "day": day,
            "amount": np.where(is_call, amount, -amount),
            "label": verbs + name + np.where(in_label & says, " " + reference, "") + extra,
            "reference": np.where(in_label, "", reference),
            "counterparty": np.where(rng.random(count) < 0.6, name, ""),
            "project_code": np.where(rng.random(count) < 0.6, _texts("PRJ-%05d", owed.project[row]), ""),
        }
    )
