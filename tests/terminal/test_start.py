"""The terminal starts quickly: what is heavy is loaded by the command that needs it."""

import subprocess
import sys

HEAVY = (
    *("prefect", "pandas", "openpyxl", "matplotlib", "typst"),
    *("jinja2", "sqlalchemy", "pydantic", "alembic", "rich", "babel"),
)


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from tadshin.terminal.root import tadshin\n"
        "tadshin.main(['project', 'gates', '--help', '--lang', 'ar'], standalone_mode=False)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout
    loaded = set(done.stderr.strip("[]\n").replace("'", "").split(", "))
    assert loaded & set(HEAVY) == set()
