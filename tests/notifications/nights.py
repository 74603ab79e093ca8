"""Digests of nights: what a run over the bank lines tells finance."""

from collections.abc import Mapping
from typing import Any

_NIGHT: dict[str, Any] = {
    "booked": {"count": 12, "amounts": ["1250000.50 MAD"]},
    "suggested": {"count": 3, "amounts": ["300000.00 MAD", "2500.00 EUR"]},
    "left": {"count": 7, "amounts": ["412345.67 MAD"]},
    "change": -5,
    "opened": 4,
    "closed": 9,
    "careful": False,
    "sample": False,
    "cases": [
        {
            "case": "unmatched_receipt",
            "count": 4,
            "amounts": ["312345.67 MAD"],
            "days": 12,
            "change": 2,
            "owner": "finance",
            "step": "identify",
        },
        {
            "case": "late_partner",
            "count": 1,
            "amounts": ["200000.00 MAD"],
            "days": 0,
            "change": -1,
            "owner": "officer",
            "step": "remind_partner",
        },
        {
            "case": "statement_gap",
            "count": 1,
            "amounts": [],
            "days": 3,
            "change": 0,
            "owner": "finance",
            "step": "fetch_statement",
        },
    ],
}
_NOTHING: dict[str, Any] = {"count": 0, "amounts": []}
NIGHTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "books_reconciled": ("books_reconciled", _NIGHT),
    "books_reconciled-first": (
        "books_reconciled",
        {**_NIGHT, "change": None, "careful": True, "sample": True, "suggested": _NOTHING},
    ),
    "books_reconciled-agreed": (
        "books_reconciled",
        {**_NIGHT, "suggested": _NOTHING, "left": _NOTHING, "change": 0, "cases": []},
    ),
    "statement_refused": (
        "statement_refused",
        {"account": "bank-1", "file": "janvier <1>.csv", "problems": 14},
    ),
    "statement_refused-whole": (
        "statement_refused",
        {"account": "", "file": "كشف يناير.pdf", "problems": 0},
    ),
}
"""Kind and payload by the name of the golden file."""
