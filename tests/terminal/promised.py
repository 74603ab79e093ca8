"""A centre with a partner's commitment, and the calls of the terminal around it, for the tests."""

from typing import Any

import pytest
from sqlalchemy import Engine

from models import db
from models.clock import local_day, now
from models.operations.drafting import draft_due_calls
from models.queries.projects import find_project
from models.rules.stages import Stage
from tests import builders
from tests.terminal.conftest import Answer, Call

KEY, PARTNER = "sample-centre", "council"
COMMITMENT = "CONV-7"
NAME = {
    "ar": "شريك المثال council",
    "fr": "Partenaire d'exemple council",
    "en": "Sample partner council",
}
BY_OFFICER, BY_FINANCE = ("--as", "officer"), ("--as", "finance")
REASON = ("--reason", "Sample reason")
DAY = str(local_day(now()))
AMOUNT = 900_000_00


@pytest.fixture
def promised(books: Engine, call: Call) -> Engine:
    """The council has signed 900,000 DH for the sample centre; an officer of a region, and a stranger."""
    with db.transaction(books) as session:
        builders.link_partners(session, find_project(session, KEY), [PARTNER])
        builders.make_partner(session, "ministry")
        builders.make_person(session, "officer-fes", "officer", region="fes-meknes")
        builders.make_person(session, "stranger", "officer", project="other-centre")
    assert commit(call).exit == 0
    return books


def commit(call: Call, amount: str = "900000", *more: str) -> Answer:
    given = ("--reference", COMMITMENT, "--signed", "2026-01-15", "--year", "2026", "--line", "20.10")
    return call("commitment", "set", KEY, PARTNER, amount, *given, *BY_FINANCE, "--json", *more)


def plan(call: Call, *tranches: str, by: str = "officer", lang: str = "en") -> Answer:
    texts = [part for one in tranches for part in ("--tranche", one)]
    return call("tranche", "plan", KEY, PARTNER, *texts, "--as", by, "--lang", lang, "--json")


def convention(call: Call, *parties: str, signed: bool = True, reference: str = "PART-1") -> None:
    """Write a convention, sign it for all parties but the last where it is not `signed`."""
    named = [part for one in parties for part in ("--party", one)]
    assert call("convention", "write", reference, *named, *BY_OFFICER).exit == 0
    for party in parties if signed else parties[:-1]:
        assert sign(call, party, reference=reference).exit == 0


def sign(call: Call, party: str, on: str = "2026-01-10", reference: str = "PART-1") -> Answer:
    return call("convention", "sign", reference, party, "--on", on, *BY_OFFICER, "--json")


def tranches(call: Call) -> list[dict[str, Any]]:
    """The tranches of the council's commitment, as scripts read them."""
    (found,) = call("tranche", "list", KEY, PARTNER, "--json").json["commitments"]
    return list(found["tranches"])


def draft(call: Call, *planned: str) -> str:
    """Plan tranches, the first of which is due; return the id of its draft."""
    made = plan(call, *(planned or (f"100%@date:{DAY}",)))
    assert made.exit == 0, made
    return str(made.json["tranches"][0]["call"]["id"])


def issued(call: Call, *planned: str) -> str:
    """Plan tranches, and let the call of the first go out; return its number."""
    answer = call("call", "issue", draft(call, *planned), *BY_FINANCE, "--json")
    assert answer.exit == 0, answer
    return str(answer.json["call"])


def receive(call: Call, amount: str, reference: str = "VIR-1", *more: str) -> Answer:
    given = ("--on", DAY, "--reference", reference, *BY_FINANCE, "--json")
    return call("receipt", "enter", KEY, PARTNER, amount, *given, *more)


def close(engine: Engine) -> None:
    """Close the centre, as its last gate does."""
    with db.transaction(engine) as session:
        find_project(session, KEY).stage = Stage.CLOSED


def look_at_triggers(engine: Engine) -> None:
    """Draft and flag calls, as the morning's look does."""
    with db.transaction(engine) as session:
        draft_due_calls(session, at=now())
