"""Calls and certificates as people name them when they decide about a line."""

import re

from sqlmodel import Session, col, select

from models.queries.accounts import find_certificate
from models.queries.contracts import find_contract
from models.queries.funding import find_call
from models.queries.owed import read_owed
from models.queries.projects import nearest
from models.rules.errors import UnknownKey
from models.rules.reconciliation import Owed
from models.rules.text import visible
from models.tables import Contract, FundingCall

_OF_CONTRACT = re.compile(r"(?P<contract>.+?)\s*[# ]\s*(?P<number>\d{1,4})")


def find_target(session: Session, name: str) -> Owed:
    """Return an issued call (its number, or its id), or a certificate: its contract and its number.

    `M-1/2026#2` is the second account of contract M-1/2026; a space does as well.
    Raises: UnknownKey with the nearest calls and contracts.
    Source: docs/rules.md, R18.
    """
    found = _certificate(session, name) or _call(session, name)
    if found is None:
        numbers = session.exec(select(FundingCall.number).where(col(FundingCall.number).is_not(None)))
        known = [number for number in numbers if number] + list(session.exec(select(Contract.reference)))
        raise UnknownKey(noun="match_target", key=visible(name[:60]), candidates=nearest(name, known))
    return found


def _call(session: Session, name: str) -> Owed | None:
    try:
        call = find_call(session, name)
    except UnknownKey:
        return None
    return read_owed(session, [call.id]).get(call.id)


def _certificate(session: Session, name: str) -> Owed | None:
    parts = _OF_CONTRACT.fullmatch(name.strip())
    if parts is None:
        return None
    try:
        contract = find_contract(session, parts["contract"])
        certificate = find_certificate(session, contract, int(parts["number"]))
    except UnknownKey:
        return None
    return read_owed(session, [certificate.id]).get(certificate.id)
