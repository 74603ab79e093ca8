"""A file of a million movements: read whole, in no more memory than one of a few."""

import subprocess
import sys
from pathlib import Path

from models.settings import ROOT

LINES = 1_000_000
MOST = 100 * 1024
"""KiB by which reading may grow the memory of a process: a million rows in it would take ten times that."""

READ = """
import resource, sys
from pathlib import Path
from intake.statements.profiles import find_profile
from intake.statements.reading import look_through
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
profile = find_profile("sample-two-columns")
look_through(Path(sys.argv[2]), profile)
before = peak()
found = look_through(Path(sys.argv[1]), profile)
print(found.lines, found.received, found.closing, found.problem_count, peak() - before)
"""


def written(path: Path, lines: int) -> Path:
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(
            "Date opération;Date valeur;Libellé;N° opération;Débit;Crédit\r\n;;Solde initial;;;0,00\r\n"
        )
        for number in range(lines):
            file.write(f"01/02/2024;01/02/2024;VIR RECU N° {number};{number:07};;1,50\r\n")
        file.write(f";;Solde final;;;{lines + lines // 2},{'50' if lines % 2 else '00'}\r\n")
    return path


def test_a_million_lines_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    """J4. The balances are held over all of them."""
    file, few = written(tmp_path / "a.csv", LINES), written(tmp_path / "b.csv", 10)

    command = [sys.executable, "-c", READ, str(file), str(few)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    lines, received, closing, problems, grown = map(int, done.stdout.split())
    assert (lines, received, closing, problems) == (LINES, 150 * LINES, 150 * LINES, 0)
    assert grown < MOST
