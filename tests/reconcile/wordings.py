"""How banks print payments: wordings that were written after the engine, to see it on words it never met.

`THIRD` is terse and cut hard, with its references turned round; `FOURTH` speaks English and Arabic, puts
the reference first and writes numbers and years apart. None of these words is known to the engine.
"""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NONE, WHOLE, AGREEMENT = "none", "whole", "agreement"
"""What a payment says of what it pays."""


@dataclass(frozen=True, slots=True)
class Party:
    """Whoever pays or is paid, as the books call it; `short`: what the books do not know."""

    id: str
    name: str
    arabic: str
    acronym: str
    short: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A call or a certificate, by its numbers."""

    id: str
    is_call: bool
    year: int
    number: int
    agreement_year: int
    agreement_number: int
    count: int
    flavour: str = ""  # advance or retention


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one bank. Patterns: y, yy years, n number, a, ay, ayy of the agreement, k the count."""

    received: Sequence[str]
    sent: Sequence[str]
    undone: Sequence[str]
    fees: Sequence[str]
    others: Sequence[str]
    call: Sequence[str]
    certificate: Sequence[str]
    advance: Sequence[str]
    retention: Sequence[str]
    convention: Sequence[str]
    contract: Sequence[str]
    extras: Sequence[str]
    cuts: Sequence[int]
    name_cuts: Sequence[int]
    shortened: Sequence[tuple[str, str]]
    in_arabic: float
    reference_first: bool
    own_field: float
    has_counterparty: float


THIRD = Wording(
    received=("VRMT/", "RGLT RECU ", "CPT CREDITE ", "ENC VRT ", "BORDEREAU "),
    sent=("VRMT EMIS/", "RGLT FOURN ", "CPT DEBITE ", "OPE {op} ", "BORD {op} "),
    undone=("CTP ", "ANNUL/", "IMPAYE ", "NON ABOUTI "),
    fees=("FRAIS GESTION", "PRLV COM", "TX BANCAIRES", "ARRETE TRIM"),
    others=("SALAIRE", "LOCATION", "ABONNT FIBRE", "RMBT AVOIR", "SUBV EXPLOIT", "CESSION"),
    call=(
        "{y}-{n:04d}/AF",
        "{n}/AF/{yy}",
        "AP.FDS {n:04d}-{y}",
        "{ay}.{a:03d}/CV/{k}",
        "CV{a}/{ay} ECH {k}",
    ),
    certificate=(
        "SIT{k}/{a:03d}.{ay}",
        "{ay}/{a:03d}/SIT {k}",
        "{k}E SITN MAR {a}-{ay}",
        "FA {k} M.{a}/{ay}",
    ),
    advance=("AVF M.{a}/{ay}", "{ay}/{a:03d} AVF"),
    retention=("R.G. M.{a}/{ay}", "{ay}/{a:03d} CAUTION"),
    convention=("CV{a}/{ay}", "{ay}.{a:03d}/CV"),
    contract=("M.{a}/{ay}", "{ay}/{a:03d} MAR"),
    extras=("", "", "AGC 0{op}", "N/REF {op}", "TELECOMPENSATION", "*{op}"),
    cuts=(40, 40, 48, 64),
    name_cuts=(18, 22, 26),
    shortened=(
        *(("MINISTERE", "MTERE"), ("CONSEIL", "CNL"), ("REGION", "RGN"), ("PROVINCIAL", "PROV")),
        *(
            ("COMMUNE", "CNE"),
            ("FONDATION", "FDT"),
            ("NATIONAL", "NAT"),
            ("SOCIETE", "ST"),
            ("AGENCE", "AGCE"),
        ),
        *(("DEVELOPPEMENT", "DEV"), ("CONSTRUCTION", "CTION"), ("TRAVAUX", "TRVX"), (" ET ", " & ")),
    ),
    in_arabic=0.05,
    reference_first=False,
    own_field=0.25,
    has_counterparty=0.35,
)

FOURTH = Wording(
    received=("INCOMING TRF ", "INWARD PAYMENT ", "CREDIT ADVICE ", "دفعة محصلة ", "FUNDS RECEIVED B/O "),
    sent=("OUTGOING TRF ", "PAYMENT ORDER {op} ", "CHECK {op} ", "DEBIT ADVICE ", "دفعة مؤداة "),
    undone=("REVERSAL ", "RETURNED ", "CANCELLED ", "مرتجع "),
    fees=("SERVICE CHARGE", "ACCOUNT FEE", "VAT ON CHARGES", "رسوم الحساب"),
    others=("PAYROLL", "UTILITIES", "OFFICE RENT", "INTEREST", "TAX REFUND", "DONATION CARD"),
    call=(
        "CALL NO {n} OF {y}",
        "FUND CALL {y} / {n}",
        "نداء {n} لسنة {y}",
        "CALL{n:04d}.{yy}",
        "AGR {a} OF {ay} INST {k}",
    ),
    certificate=(
        "CERT {k} CONTRACT {a} OF {ay}",
        "INV {k} - {a:03d}/{ay}",
        "بيان {k} عقد {a} لسنة {ay}",
        "PC{k:02d} C{a}/{ayy}",
    ),
    advance=("ADVANCE CONTRACT {a} OF {ay}", "DOWN PAYMENT {a:03d}/{ay}"),
    retention=("RETENTION CONTRACT {a} OF {ay}", "RELEASE {a:03d}/{ay}"),
    convention=("AGREEMENT {a} OF {ay}", "اتفاق {a} لسنة {ay}"),
    contract=("CONTRACT {a} OF {ay}", "عقد {a} لسنة {ay}"),
    extras=("", "VALUE DATED", "TRN{op}", "BATCH {op}", "SWIFT MT103"),
    cuts=(55, 70, 90, 120),
    name_cuts=(30, 35, 50),
    shortened=(
        *(
            ("MINISTERE", "MINISTRY"),
            ("CONSEIL", "COUNCIL"),
            ("COMMUNE", "MUNICIPALITY"),
            ("SOCIETE", "CO"),
        ),
        *(
            ("FONDATION", "FOUNDATION"),
            ("AGENCE", "AGENCY"),
            (" DE LA ", " OF "),
            (" DU ", " OF "),
            (" DE ", " OF "),
        ),
    ),
    in_arabic=0.3,
    reference_first=True,
    own_field=0.55,
    has_counterparty=0.7,
)


def plain(text: str) -> str:
    """Upper case, without accents."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one)).upper()


def misspelt(rng: random.Random, text: str) -> str:
    """The text with one letter left out, doubled or swapped."""
    if len(text) < 8:
        return text
    place = rng.randrange(1, len(text) - 2)
    return rng.choice(
        (
            text[:place] + text[place + 1 :],
            text[:place] + text[place] + text[place:],
            text[:place] + text[place + 1] + text[place] + text[place + 2 :],
        )
    )


def reference(rng: random.Random, wording: Wording, owed: Owed, says: str) -> str:
    """What a payment writes of a call or certificate, or of its agreement alone."""
    if says == NONE:
        return ""
    if says == AGREEMENT:
        patterns = wording.convention if owed.is_call else wording.contract
    else:
        special = {"advance": wording.advance, "retention": wording.retention}
        patterns = special.get(owed.flavour, wording.call if owed.is_call else wording.certificate)
    return rng.choice(patterns).format(
        y=owed.year,
        yy=f"{owed.year % 100:02d}",
        n=owed.number,
        a=owed.agreement_number,
        ay=owed.agreement_year,
        ayy=f"{owed.agreement_year % 100:02d}",
        k=owed.count,
    )


def name_of(rng: random.Random, wording: Wording, party: Party | None) -> str:
    """A party as the bank prints it; nobody at all for some payments."""
    if party is None:
        return ""
    if rng.random() < wording.in_arabic:
        return party.arabic
    chance = rng.random()
    if party.acronym and chance < 0.2:
        return party.acronym
    name = plain(party.short if party.short and chance < 0.4 else party.name)
    if chance < 0.85:
        for long, short in wording.shortened:
            name = name.replace(long, short)
        name = re.sub(r"  +", " ", name)[: rng.choice(wording.name_cuts)].strip()
    return misspelt(rng, name) if rng.random() < 0.1 else name


def print_payment(
    rng: random.Random, wording: Wording, *, party: Party | None, owed: Sequence[Owed], says: str, code: str
) -> tuple[str, str, str]:
    """Return label, reference and counterparty of one payment. `owed`: what it says it pays."""
    name = name_of(rng, wording, party)
    written = " ".join(reference(rng, wording, one, says) for one in owed).strip()
    verbs = wording.received if owed[0].is_call else wording.sent
    verb = rng.choice(verbs).format(op=rng.randrange(10**5, 10**6))
    own = rng.random() < wording.own_field and len(written) < 26
    inside = "" if own else written
    extra = rng.choice(wording.extras).format(op=rng.randrange(10**5, 10**7))
    parts = [inside, name] if wording.reference_first else [name, inside]
    if code and rng.random() < 0.2:
        parts.append(code)
    label = " ".join(one for one in (verb.strip(), *parts, extra) if one)[: rng.choice(wording.cuts)]
    return label, written if own else "", name if rng.random() < wording.has_counterparty else ""


def print_undone(rng: random.Random, wording: Wording, first: tuple[str, str, str]) -> tuple[str, str, str]:
    """The line that takes a payment back: words of its own, and how the first one began."""
    label = (rng.choice(wording.undone) + first[0])[: rng.choice(wording.cuts)]
    return label, first[1] if rng.random() < 0.5 else "", first[2] if rng.random() < 0.5 else ""
