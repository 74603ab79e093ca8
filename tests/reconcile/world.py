"""Books with a known answer, small or large, made of nothing but a seed: who owes what, who paid what, how.

One answer for each line: what it is (a payment, a duplicate, a reversal, a correction, a fee, other) and
how much of which target it settles. `event` ties lines together that are one piece of business.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from tests.reconcile.folder import HEADS
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

FIRST, DAYS = date(2016, 1, 4), 2500
_TOWNS = (
    "Asilah",
    "Azrou",
    "Berkane",
    "Chefchaouen",
    "Dakhla",
    "Errachidia",
    "Guelmim",
    "Ifrane",
    "Larache",
)
_ARABIC = ("أصيلة", "أزرو", "بركان", "شفشاون", "الداخلة", "الرشيدية", "كلميم", "إفران", "العرائش")
_BODIES = (
    ("Conseil communal", "مجلس جماعة"),
    ("Chambre d'agriculture", "غرفة فلاحة"),
    ("Agence urbaine", "وكالة"),
)
_FIRMS = ("Zellige", "Noria", "Tadelakt", "Azulejo", "Ksar", "Sirocco", "Oued", "Jbel", "Amlou", "Tifinagh")
_TRADES = (
    ("Bâtiment", "للبناء"),
    ("Étanchéité", "للعزل"),
    ("Menuiserie", "للنجارة"),
    ("Réseaux", "للشبكات"),
)
_ROUND = (250_000_00, 500_000_00, 1_000_000_00, 1_500_000_00, 2_000_000_00, 5_000_000_00)
CERTIFICATES = (
    "certificate_id,certificate_ref,contract_id,contract_ref,project_id,party_id,kind,seq,date,due_date,"
    "net_payable,currency"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A call or certificate with what the books write of it. Unit: centimes."""

    owed: Owed
    party: Party
    project: int
    dated: date
    amount: int

    @property
    def due(self) -> date:
        return self.dated + timedelta(days=30 if self.owed.is_call else 60)


@dataclass(slots=True)
class Line:
    """A line of the ledger and its answer: `settles` targets by id, in centimes."""

    day: date
    amount: int
    text: tuple[str, str, str]
    kind: str
    event: int
    settles: dict[str, int] = field(default_factory=dict)
    project: str = ""
    source: str = "BK1"
    operation: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """Books as they are written, and their answer."""

    parties: Sequence[Party]
    targets: Sequence[Target]
    lines: Sequence[Line]
    projects: int


def make(seed: int, agreements: int, wording: Wording) -> World:
    """Return books of so many agreements, some five targets each."""
    return _Maker(random.Random(seed), agreements, wording).made()  # noqa: S311  (a seeded choice)


class _Maker:
    def __init__(self, rng: random.Random, agreements: int, wording: Wording) -> None:
        self.rng, self.wording, self.agreements = rng, wording, agreements
        self.projects = max(agreements // 6, 4)
        pairs = list(zip(_TOWNS, _ARABIC, strict=True))
        self.partners = [
            Party(
                f"PA{n:03d}",
                f"{body} de {town}",
                f"{ar} {tr}",
                "".join(w[0] for w in f"{body} {town}".upper().split()),
            )
            for n, ((body, ar), (town, tr)) in enumerate(((b, t) for b in _BODIES for t in pairs), 1)
        ]
        self.firms = [
            Party(f"CO{n:03d}", f"Société {firm} {trade} SARL", f"شركة {firm} {ar}", "", f"{firm} {trade}")
            for n, (firm, (trade, ar)) in enumerate(((f, t) for f in _FIRMS for t in _TRADES), 1)
        ]
        self.events, self.lines, self.numbers = 0, list[Line](), dict[tuple[str, int], int]()

    def made(self) -> World:
        targets = list(self.targets())
        by_party: dict[str, list[Target]] = {}
        for one in targets:
            by_party.setdefault(one.party.id, []).append(one)
        for mine in by_party.values():
            self.pay_all(sorted(mine, key=lambda one: (one.dated, one.owed.id)))
        self.others()
        self.second_export()
        self.lines.sort(key=lambda one: (one.day, one.text, one.amount))
        for number, line in enumerate(self.lines, 1):
            line.id = f"L{number:06d}"
        return World([*self.partners, *self.firms], targets, self.lines, self.projects)

    def number(self, kind: str, year: int) -> int:
        self.numbers[kind, year] = self.numbers.get((kind, year), 0) + 1
        return self.numbers[kind, year]

    def targets(self) -> Iterator[Target]:
        rng, count = self.rng, 0
        for place in range(self.agreements):
            is_call = place % 2 == 0
            party, project = (
                rng.choice(self.partners if is_call else self.firms),
                rng.randrange(self.projects),
            )
            day = FIRST + timedelta(days=rng.randrange(DAYS))
            year, number = day.year, self.number("call" if is_call else "contract", day.year)
            base, flat = rng.choice(_ROUND), rng.random() < 0.1
            for seq in range(1, rng.randrange(2, 9)):
                day, count = day + timedelta(days=rng.choice((30, 45, 60, 90))), count + 1
                if is_call:
                    amount = base if rng.random() < 0.75 else rng.randrange(100_000_00, 4_000_000_00)
                    own = self.number("AF", day.year)
                    owed = Owed(f"T{count:05d}", True, day.year, own, year, number, seq)
                else:
                    amount = base // 7 if flat else rng.randrange(20_000_00, 2_000_000_00)
                    owed = Owed(f"C{count:05d}", False, year, number, year, number, seq)
                yield Target(owed, party, project, day, amount)

    def pay_all(self, mine: list[Target]) -> None:
        rng, done = self.rng, set[str]()
        for place, one in enumerate(mine):
            if one.owed.id in done or rng.random() < 0.06:
                continue
            done.add(one.owed.id)
            near = [x for x in mine[place + 1 : place + 12] if x.owed.id not in done]
            near = [x for x in near if (x.dated - one.dated).days <= 70][: rng.choice((1, 1, 2, 3))]
            chance = rng.random()
            if near and chance < 0.14:
                done.update(x.owed.id for x in near)
                self.pay([one, *near], [x.amount for x in (one, *near)], max(x.due for x in (one, *near)))
            elif chance < 0.29:
                self.pay_in_parts(one, whole=chance < 0.26)
            else:
                self.pay([one], [one.amount], one.due)

    def pay_in_parts(self, one: Target, *, whole: bool) -> None:
        first = max(
            one.amount * self.rng.choice((25, 30, 40, 50)) // 100 // 100_000_00 * 100_000_00, 1_000_00
        )
        parts = [first, one.amount - first]
        day = one.due
        for part in parts if whole else parts[:1]:
            self.pay([one], [part], day)
            day += timedelta(days=self.rng.randrange(5, 40))

    def pay(self, targets: list[Target], amounts: list[int], due: date) -> None:
        rng = self.rng
        self.events += 1
        sign = 1 if targets[0].owed.is_call else -1
        day = max(due + timedelta(days=rng.randrange(-20, 70)), targets[0].dated + timedelta(days=1))
        settles = {one.owed.id: amount for one, amount in zip(targets, amounts, strict=True)}
        if rng.random() < 0.05:
            settles[targets[-1].owed.id] += rng.choice((-2, -1, 1, 2))
        total, code = sum(settles.values()), f"PRJ-{targets[0].project + 1:03d}"
        says, named = self.said(targets)
        party = None if rng.random() < 0.08 else targets[0].party
        text = print_payment(rng, self.wording, party=party, owed=named, says=says, code=code)
        shown = code if rng.random() < 0.65 else ""
        if rng.random() < 0.02:
            self.lines.append(Line(day, sign * total, text, "reversal", self.events, {}, shown))
            day += timedelta(days=rng.randrange(1, 20))
            back = print_undone(rng, self.wording, text)
            self.lines.append(Line(day, -sign * total, back, "reversal", self.events, {}, shown))
            day += timedelta(days=rng.randrange(1, 20))
        wrong = rng.random() < 0.025
        other = f"PRJ-{rng.randrange(self.projects) + 1:03d}"
        line = Line(day, sign * total, text, "payment", self.events, settles, other if wrong else shown)
        self.lines.append(line)
        if wrong:
            moved = day + timedelta(days=rng.randrange(10, 150))
            for of, way in ((other, -sign), (code, sign)):
                words = (f"MVT {other} > {code}", "", "")
                self.lines.append(Line(moved, way * total, words, "correction", self.events, {}, of, "GL"))

    def said(self, targets: list[Target]) -> tuple[str, list[Owed]]:
        chance = self.rng.random()
        if chance < 0.3:
            return NONE, [targets[0].owed]
        if chance < 0.42:
            return AGREEMENT, [targets[0].owed]
        if chance < 0.45:
            return WHOLE, [self.any_of(targets[0])]
        return WHOLE, [one.owed for one in (targets if self.rng.random() < 0.6 else targets[:1])]

    def any_of(self, one: Target) -> Owed:
        """A reference that is written wrongly: it names another one of the same kind."""
        owed, shift = one.owed, self.rng.randrange(1, 9)
        return Owed(
            *(owed.id, owed.is_call, owed.year, owed.number + shift, owed.agreement_year),
            *(owed.agreement_number + shift, owed.count),
        )

    def others(self) -> None:
        rng = self.rng
        for _ in range(len(self.lines) // 12):
            self.events += 1
            day = FIRST + timedelta(days=rng.randrange(DAYS))
            if rng.random() < 0.6:
                text = (rng.choice(self.wording.fees), "", "")
                self.lines.append(Line(day, -rng.choice((15_00, 33_00, 110_00)), text, "fee", self.events))
            else:
                text = (f"{rng.choice(self.wording.others)} {rng.randrange(10**4)}", "", "")
                amount = rng.choice((rng.randrange(10_00, 90_000_00), rng.choice(_ROUND)))
                way = rng.choice((-1, 1))
                self.lines.append(Line(day, way * amount, text, "other", self.events))

    def second_export(self) -> None:
        rng = self.rng
        for one in [line for line in self.lines if line.source == "BK1"]:
            one.operation = f"{rng.randrange(10**8):08d}"
            if (one.day + timedelta(days=3)).month != one.day.month and rng.random() < 0.5:
                label, reference, who = one.text
                text = (label[: rng.choice((30, 40))], reference if rng.random() < 0.5 else "", who)
                again = Line(one.day, one.amount, text, "duplicate", one.event, {}, "", "BK2")
                again.operation = one.operation.lstrip("0") if rng.random() < 0.5 else ""
                self.lines.append(again)


def write(world: World, folder: Path) -> Path:
    """Write the books in the layout that is read; the answer stays out of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    projects = [[f"P{n}", f"PRJ-{n:03d}", f"Centre {n}", str(FIRST)] for n in range(1, world.projects + 1)]
    parties = [
        [one.id, "partner" if one.id[0] == "P" else "contractor", one.name, one.arabic, one.acronym, "MAD"]
        for one in world.parties
    ]
    calls = [_call(one) for one in world.targets if one.owed.is_call]
    certificates = [_certificate(one) for one in world.targets if not one.owed.is_call]
    lines = [
        [
            one.id,
            one.source,
            str(one.day),
            str(one.day),
            _money(one.amount),
            "MAD",
            "",
            "",
            *one.text,
            one.project,
            one.operation,
        ]
        for one in world.lines
    ]
    tables = {"projects": projects, "partners": parties, "tranches": calls, "ledger": lines}
    for name, rows in (*tables.items(), ("certificates", certificates)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow({**HEADS, "certificates": CERTIFICATES}[name].split(","))
            writer.writerows(rows)
    return folder


def _call(one: Target) -> list[str]:
    owed = one.owed
    of = f"CONV-{owed.agreement_year}-{owed.agreement_number:03d}"
    reference = f"AF-{owed.year}-{owed.number:04d}"
    return [owed.id, reference, of, of, f"P{one.project + 1}", one.party.id, str(owed.count), *_dates(one)]


def _certificate(one: Target) -> list[str]:
    owed = one.owed
    of = f"{owed.agreement_number:03d}/TRV/{owed.agreement_year}"
    head = [owed.id, f"{of}-D{owed.count:02d}", of, of, f"P{one.project + 1}", one.party.id, "work"]
    return [*head, str(owed.count), *_dates(one)]


def _dates(one: Target) -> list[str]:
    return [str(one.dated), str(one.due), _money(one.amount), "MAD"]


def _money(centimes: int) -> str:
    return f"{'-' * (centimes < 0)}{abs(centimes) // 100}.{abs(centimes) % 100:02d}"
