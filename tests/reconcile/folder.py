"""Small books with a known answer, written as the files of a folder."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

Rows = Sequence[Sequence[str]]

COUNCILS = ("Conseil Provincial de Settat", "Commune de Tanger", "Groupe OCP", "Bank Al-Maghrib")
HEADS: Mapping[str, str] = {
    "projects": "project_id,code,name,start",
    "partners": "party_id,kind,name_fr,name_ar,acronym,currency",
    "tranches": "tranche_id,call_ref,convention_id,convention_ref,project_id,party_id,seq,call_date,"
    "due_date,amount,currency",
    "ledger": "line_id,source,op_date,value_date,amount,currency,orig_amount,orig_currency,label,reference,"
    "counterparty,project_code,bank_ref",
}


def tranche(number: int, party: int, amount: str, *, month: int = 3, project: int = 1) -> list[str]:
    """A tranche of the convention of its party, called on the 1st of a month and due a month later."""
    called, due = f"2024-{month:02d}-01", f"2024-{month + 1:02d}-01"
    convention = [f"CV{party}", f"CONV-2024-{party:03d}"]
    return [
        *(f"T{number:03d}", f"AF-2024-{number:04d}", *convention, f"P{project}", f"PA{party}"),
        *(str(number), called, due, amount, "MAD"),
    ]


def line(
    number: int,
    day: str,
    amount: str,
    label: str,
    *,
    reference: str = "",
    who: str = "",
    project: str = "",
    source: str = "BK1",
    operation: str = "",
) -> list[str]:
    """A line of a bank's export, or of the ledger."""
    known = [label, reference, who, project, operation]
    return [f"L{number:03d}", source, day, day, amount, "MAD", "", "", *known]


def write(folder: Path, tranches: Rows, lines: Rows, seed: int = 0) -> Path:
    """Write the books; with a `seed` their rows stand in another order."""
    parties = [[f"PA{number}", "partner", name, "", "", "MAD"] for number, name in enumerate(COUNCILS, 1)]
    projects = [[f"P{number}", f"PRJ-{number:03d}", f"Centre {number}", "2023-01-01"] for number in (1, 2)]
    tables = {"projects": projects, "partners": parties, "tranches": tranches, "ledger": lines}
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        shuffled = [*rows[seed:], *reversed(rows[:seed])]
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADS[name].split(","))
            writer.writerows(shuffled)
    return folder
