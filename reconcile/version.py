"""Which rules a match was made by; it changes whenever the same books could be matched otherwise."""

import hashlib
from pathlib import Path

RULES_VERSION = "2026.11.4"
TABLES = ("words.csv", "aliases.csv")


def rules_version(words: Path) -> str:
    """Return the version of the rules, with the first signs of what the tables of words hold.

    Source: docs/rules.md, R9.
    """
    seal = hashlib.sha256()
    for name in TABLES:
        file = words / name
        seal.update(name.encode() + (file.read_bytes() if file.is_file() else b""))
    return f"{RULES_VERSION}+{seal.hexdigest()[:8]}"
