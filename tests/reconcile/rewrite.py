"""Books with a known answer, printed anew by another bank: the same money, the same answer, other words."""

import csv
import random
import re
import shutil
from collections import defaultdict
from pathlib import Path

from tests.reconcile.wordings import (
    AGREEMENT,
    NONE,
    WHOLE,
    Owed,
    Party,
    Wording,
    print_payment,
    print_undone,
)

Row = dict[str, str]
TREASURY = Party("", "TRESOR PUBLIC CENTRE RABAT", "القباضة المركزية", "TP")
_SAYS = {"none": NONE, "agreement": AGREEMENT}
_LATER = ("reversal", "duplicate")
_NUMBER = re.compile(r"\d+")


def rows(file: Path) -> list[Row]:
    """The rows of a table."""
    with file.open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def rewrite(folder: Path, out: Path, wording: Wording, seed: int) -> Path:
    """Copy a folder of books; every label, reference and counterparty becomes another bank's."""
    shutil.copytree(folder, out, dirs_exist_ok=True)
    printer = _Printer(folder, wording, random.Random(seed))  # noqa: S311  (a seeded choice)
    lines = rows(folder / "ledger.csv")
    for line in sorted(lines, key=printer.rank):
        line["label"], line["reference"], line["counterparty"] = printer.printed(line)
    with (out / "ledger.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    return out


class _Printer:
    def __init__(self, folder: Path, wording: Wording, rng: random.Random) -> None:
        self._rng, self._wording = rng, wording
        self._truth: dict[str, list[Row]] = defaultdict(list)
        for row in rows(folder / "truth.csv"):
            self._truth[row["line_id"]].append(row)
        self._parties = {row["party_id"]: _party(row) for row in rows(folder / "partners.csv")}
        self._owed, self._payer = _owed(folder)
        self._all = sorted(self._owed)
        self._done: dict[str, tuple[str, str, str]] = {}

    def rank(self, line: Row) -> tuple[int, str]:
        """What repeats a line or takes it back is printed after it, whatever its day."""
        kind = self._truth[line["line_id"]][0]["line_class"]
        return _LATER.index(kind) + 1 if kind in _LATER else 0, line["line_id"]

    def printed(self, line: Row) -> tuple[str, str, str]:
        truth = self._truth[line["line_id"]]
        kind, linked = truth[0]["line_class"], truth[0]["linked_line"]
        if kind == "duplicate" and linked in self._done:
            label, reference, who = self._done[linked]
            return label[: self._rng.choice((30, 38))], reference, who if self._rng.random() < 0.5 else ""
        if kind == "reversal" and linked in self._done:
            return print_undone(self._rng, self._wording, self._done[linked])
        if kind in ("fee", "other"):
            words = self._wording.fees if kind == "fee" else self._wording.others
            number = "" if kind == "fee" else f" {self._rng.randrange(10**4)}"
            return self._rng.choice(words) + number, "", ""
        if kind == "correction":
            codes = re.findall(r"PRJ-\d+", line["label"])
            return f"TRSF IMPUT {'/'.join(codes)}", "", ""
        self._done[line["line_id"]] = self._payment(line, truth)
        return self._done[line["line_id"]]

    def _payment(self, line: Row, truth: list[Row]) -> tuple[str, str, str]:
        rng, told = self._rng, truth[0]["ref_kind"].split("+")[0]
        targets = [row["target_id"] for row in truth if row["target_id"]]
        if not targets:  # taken back: any of the same side, since the answer names none
            side = line["amount"].startswith("-")
            targets = [rng.choice([one for one in self._all if self._owed[one].is_call != side])]
        payer = self._parties[self._payer[targets[0]]]
        kind = truth[0]["party_kind"].split("+")[0]
        party = {"missing": None, "treasury": TREASURY}.get(kind, payer)
        if told == "wrong":
            side = self._owed[targets[0]].is_call
            named = [self._owed[rng.choice([one for one in self._all if self._owed[one].is_call == side])]]
        else:
            named = [self._owed[one] for one in (targets if rng.random() < 0.6 else targets[:1])]
        says = _SAYS.get(told, WHOLE)
        named = named[:1] if says == AGREEMENT else named
        return print_payment(
            rng, self._wording, party=party, owed=named, says=says, code=line["project_code"]
        )


def _party(row: Row) -> Party:
    words = row["name_fr"].split()
    short = " ".join(words[:1] + words[-1:]) if len(words) > 2 else ""
    return Party(row["party_id"], row["name_fr"], row["name_ar"], row["acronym"], short)


def _owed(folder: Path) -> tuple[dict[str, Owed], dict[str, str]]:
    owed, payer = {}, {}
    for row in rows(folder / "tranches.csv"):
        year, number = (int(one) for one in _NUMBER.findall(row["call_ref"])[:2])
        of_year, of_number = (int(one) for one in _NUMBER.findall(row["convention_ref"])[:2])
        owed[row["tranche_id"]] = Owed(
            row["tranche_id"], True, year, number, of_year, of_number, int(row["seq"])
        )
        payer[row["tranche_id"]] = row["party_id"]
    for row in rows(folder / "certificates.csv"):
        of_number, of_year = (int(one) for one in _NUMBER.findall(row["contract_ref"])[:2])
        owed[row["certificate_id"]] = Owed(
            *(row["certificate_id"], False, of_year, of_number, of_year, of_number, int(row["seq"])),
            flavour=row["kind"],
        )
        payer[row["certificate_id"]] = row["party_id"]
    return owed, payer
