"""Certificates at the terminal: every deduction told, what is refused, dry runs that write nothing."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from models import db
from models.tables import Certificate, Measurement, TrailEntry
from tests.terminal.conftest import Call
from tests.terminal.signed import (
    BY_FINANCE,
    BY_OFFICER,
    CONTRACT,
    LATE,
    SIGN,
    accept,
    begin,
    certify,
    dirhams,
    refused,
)

MARCH, APRIL = "2025-03-31", "2025-04-30"


def shown(call: Call, number: int) -> Any:
    return call("certificate", "show", CONTRACT, str(number), "--json").json


def measured(call: Call, tmp_path: Path) -> None:
    """Give the contract a bill: 100 m3 at 4 000.00 and 50.5 t at 10 000.00."""
    file = tmp_path / "bill.csv"
    rows = "code;label;unit;quantity;price\n1.1;Concrete;m3;100;4000,00\n1.2;Steel;t;50,5;10000,00\n"
    file.write_text(rows, encoding="utf-8")
    assert call("contract", "bill", CONTRACT, "--file", str(file), *BY_OFFICER).exit == 0


def test_the_worked_example(line: Engine, call: Call) -> None:
    """X44: retention 40 000.00, 30 000.00 and 0.00; 100 days late: 80 000.00 (GATES.md, section 6)."""
    begin(call)

    certify(call, "D1", MARCH, "--amount", "400000")
    certify(call, "D2", APRIL, "--amount", "400000")
    accept(call, LATE)
    last = certify(call, "D3", LATE, "--amount", "200000", "--last")

    told = [shown(call, number) for number in (1, 2, 3)]
    retained = [(one["retention"]["taken"], one["retention"]["before"]) for one in told]
    assert retained == [
        (dirhams(40_000), dirhams(0)),
        (dirhams(30_000), dirhams(40_000)),
        (dirhams(0), dirhams(70_000)),
    ]
    assert {one["retention"]["cap"]["centimes"] for one in told} == {70_000_00}
    assert [one["net"] for one in told] == [dirhams(360_000), dirhams(370_000), dirhams(120_000)]
    delay = told[2]["delay"]
    assert (delay["days_late"], delay["taken"], delay["cap"]) == (100, dirhams(80_000), dirhams(80_000))
    assert (told[0]["vat"], told[0]["vat_rate"], told[0]["due_on"]) == (
        dirhams(66_666.67),
        20_00,
        "2025-05-30",
    )
    assert (told[2]["gross_before"], told[2]["kind"]) == (dirhams(800_000), "final")
    assert (last.exit, last.json["at_cap"]) == (0, True)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("الاقتطاع الضامن", "30\u202f000,00", "40\u202f000,00", "70\u202f000,00")),
        ("fr", ("Retenue de garantie", "−30\u202f000,00", "40\u202f000,00", "au plus 70\u202f000,00")),
        ("en", ("Retention", "−MAD\u00a030,000.00", "held before", "at most MAD\u00a070,000.00")),
    ],
)
def test_a_statement_reads_in_each_language(
    line: Engine, call: Call, language: str, words: tuple[str, ...]
) -> None:
    """X44."""
    begin(call)
    certify(call, "D1", MARCH, "--amount", "400000")
    certify(call, "D2", APRIL, "--amount", "400000")

    told = call("certificate", "show", CONTRACT, "2", "--lang", language)

    row = next(one for one in told.out.splitlines() if words[0] in one)
    assert all(word in row for word in words)


def test_a_dry_run_writes_nothing(line: Engine, call: Call) -> None:
    """X43."""
    begin(call)
    with db.reading(line) as session:
        before = len(session.exec(select(TrailEntry)).all())

    dry = certify(call, "D1", MARCH, "--amount", "400000", "--dry-run")
    missing = call("certificate", "show", CONTRACT, "1", "--json")
    with db.reading(line) as session:
        after = len(session.exec(select(TrailEntry)).all())
    over = certify(call, "D1", MARCH, "--amount", "1000000.01", "--dry-run")
    real = certify(call, "D1", MARCH, "--amount", "400000")

    assert (dry.exit, missing.exit, missing.json["error"]) == (0, 2, "unknown_key")
    assert after == before
    assert {**dry.json, "dry_run": False} == real.json
    refused(over, 3, "above_contract", "W31")
    assert (
        "not written"
        in call(
            *("certificate", "enter", CONTRACT, "--reference", "D2", "--on", APRIL, "--amount", "1"),
            *("--dry-run", "--as", "finance", "--lang", "en"),
        ).out
    )


def test_the_same_account_again_is_kindly_answered(line: Engine, call: Call) -> None:
    """X40."""
    begin(call)

    first = certify(call, "D1", MARCH, "--amount", "400000")
    again = certify(call, "D1", MARCH, "--amount", "400000")
    other = certify(call, "D1", MARCH, "--amount", "400001")

    assert (first.json["changed"], again.json["changed"], again.exit) == (True, False, 0)
    assert again.json["net"] == first.json["net"]
    refused(other, 5, "already_stated", "W24")


def test_an_account_out_of_order_is_refused(line: Engine, call: Call) -> None:
    """W30."""
    call(*SIGN, *BY_OFFICER)
    refused(certify(call, "D1", MARCH, "--amount", "1"), 3, "no_start_order", "W30")
    call("contract", "order", CONTRACT, "start", "--on", "2025-02-01", *BY_OFFICER)
    early = refused(certify(call, "D1", "2025-01-31", "--amount", "1"), 3, "before_start_order", "W30")
    certify(call, "D1", APRIL, "--amount", "400000")

    assert early["limit"] == "2025-02-01"
    refused(certify(call, "D2", MARCH, "--amount", "1"), 3, "before_last_account", "W30")
    refused(certify(call, "D2", APRIL, "--amount", "1", "--number", "3"), 3, "out_of_order", "W30")
    over = refused(certify(call, "D2", APRIL, "--amount", "600000.01"), 3, "above_contract", "W31")
    assert (over["value"], over["limit"]) == ("1000000.01 MAD", "1000000.00 MAD")
    refused(certify(call, "D2", APRIL, "--amount", "-1"), 3, "negative", "W31")
    refused(certify(call, "D2", APRIL, "--amount", "1", "--last"), 3, "last_before_acceptance", "W33")
    accept(call, APRIL)
    certify(call, "D2", APRIL, "--amount", "100000", "--last")
    refused(certify(call, "D3", LATE, "--amount", "1"), 3, "after_last_account", "W30")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "gross_or_quantities"),
        (("--amount", "1000.125"), "too_many_decimals"),
        (("--amount", "1", "--item", "1.1=1"), "gross_or_quantities"),
        (("--item", "1.1"), "not_a_pair"),
        (("--item", "1.1=12,345"), "ambiguous_quantity"),
        (("--item", "1.1=1.2345"), "too_many_decimals"),
        (("--item", "1.1=-1"), "negative"),
        (("--item", "1.1=x"), "not_a_number"),
        (("--item", "1.1=1", "--item", "1.1=2"), "taken"),
        (("--amount", "1", "--worked-in", "2025-06"), "not_a_month"),
        (("--amount", "1", "--special-penalty", "-1"), "negative"),
    ],
)
def test_an_account_that_cannot_be_read_is_refused(
    line: Engine, call: Call, tmp_path: Path, options: tuple[str, ...], reason: str
) -> None:
    """X42."""
    begin(call)
    measured(call, tmp_path)

    told = certify(call, "D1", MARCH, *options)

    assert (told.exit, told.json["reason"]) == (2, reason)
    with db.reading(line) as session:
        assert session.exec(select(Certificate)).all() == []
        assert session.exec(select(Measurement)).all() == []


def test_quantities_make_an_account(line: Engine, call: Call, tmp_path: Path) -> None:
    """W22 and W31: 50 m3 and 10.05 t are 300 500; then 80 m3: 120 000 more."""
    begin(call)
    measured(call, tmp_path)
    file = tmp_path / "done.csv"
    file.write_text("Code;Quantité\n1.1;50\n1.2;10,05\n", encoding="utf-8")

    first = certify(call, "D1", MARCH, "--file", str(file))
    over = certify(call, "D2", APRIL, "--item", "1.1=100,0010")
    near = certify(call, "D2", APRIL, "--item", "9=1")
    second = certify(call, "D2", APRIL, "--item", "1.1=80")

    assert first.json["gross"] == dirhams(300_500)
    above = refused(over, 3, "over_quantity", "W31")
    assert (above["item"], above["value"], above["limit"]) == ("1.1", "100.001", "100")
    assert (near.exit, near.json["candidates"]) == (2, ["1.1", "1.2"])
    lines = [(one["code"], one["before"], one["done"], one["amount"]) for one in second.json["measured"]]
    assert lines == [("1.1", 50_000, 80_000, dirhams(120_000))]
    assert "Concrete" in call("certificate", "show", CONTRACT, "2").out


def test_faults_of_a_file_of_quantities_are_listed(line: Engine, call: Call, tmp_path: Path) -> None:
    begin(call)
    measured(call, tmp_path)
    file = tmp_path / "done.csv"
    file.write_text("Code;Quantité\n1.1;1,2345\n1.2;1\n1.2;2\n=cmd();3\n", encoding="utf-8")

    told = certify(call, "D1", MARCH, "--file", str(file))

    found = [(problem["row"], problem["code"]) for problem in told.json["problems"]]
    assert (told.exit, found) == (2, [(2, "too_many_decimals"), (4, "taken"), (5, "formula_text")])
    shown = call(
        *("certificate", "enter", CONTRACT, "--reference", "D1", "--on", MARCH, "--file", str(file)),
        *("--as", "finance", "--lang", "fr"),
    )
    assert shown.exit == 2
    assert "3 problèmes" in shown.out.replace("\u00a0", " ")


def test_an_advance_is_recovered_and_told(line: Engine, call: Call) -> None:
    """W18."""
    begin(call, "--term", "advance_months=3")
    advance = ("certificate", "advance", CONTRACT, "--on", "2025-02-10", "--reference", "A1")

    over = call(*advance, "100000.01", *BY_FINANCE)
    given, again = call(*advance, "100000", *BY_FINANCE), call(*advance, "100000", *BY_FINANCE)
    account = certify(call, "D1", MARCH, "--amount", "400000").json

    refused(over, 3, "advance_over_limit", "W18")
    assert (given.json["net"], given.json["changed"]) == (dirhams(100_000), True)
    assert again.json["changed"] is False
    told = account["advance"]
    assert (told["taken"], told["left"], told["given"]) == (
        dirhams(50_000),
        dirhams(50_000),
        dirhams(100_000),
    )
    assert "récupérer" in call("certificate", "show", CONTRACT, "1", "--lang", "fr").out


def test_retention_is_given_back_and_no_more(line: Engine, call: Call) -> None:
    """W17."""
    begin(call)
    certify(call, "D1", MARCH, "--amount", "400000")
    release = ("certificate", "release-retention", CONTRACT, "--on", APRIL, "--reference", "R1")

    early = call(*release, *BY_FINANCE)
    negative = call(*release, "--amount", "-1", *BY_FINANCE)
    call(
        *("bond", "lodge", CONTRACT, "retention", "70000", "--on", APRIL, "--reference", "B1"),
        *BY_OFFICER,
    )
    over = call(*release, "--amount", "40000.01", *BY_FINANCE)
    given = call(*release, *BY_FINANCE)

    refused(early, 3, "over_held", "W17")
    assert (negative.exit, negative.json["reason"]) == (2, "negative")
    assert refused(over, 3, "over_held", "W17")["limit"] == "40000.00 MAD"
    assert (given.json["net"], given.json["kind"]) == (dirhams(40_000), "retention")
    second = certify(call, "D2", APRIL, "--amount", "400000").json["retention"]
    assert (second["taken"], second["bonds"], second["before"]) == (
        dirhams(0),
        dirhams(70_000),
        dirhams(0),
    )


def test_vat_revision_and_other_penalties_are_told(line: Engine, call: Call) -> None:
    """W15, W19 and W20: 220 over 200 adds 8.5 %; a sixth of it is VAT, all of it withheld."""
    begin(call, "--index", "BAT6", "--index-month", "2024-12", "--term", "vat_withheld=100 %")
    enter = ("--amount", "400000", "--special-penalty", "1000")
    refused(certify(call, "D1", MARCH, *enter), 3, "no_index", "W19")
    for month, value in (("2024-12", "200"), ("2025-03", "220")):
        call("index", "state", "BAT6", month, value, *BY_OFFICER)

    told = certify(call, "D1", MARCH, *enter).json

    assert (told["revision"], told["price_index"]) == (dirhams(34_000), "BAT6")
    assert (told["vat"], told["vat_withheld"]) == (dirhams(72_333.33), dirhams(72_333.33))
    assert (told["special"]["taken"], told["special"]["cap"]) == (dirhams(1_000), dirhams(20_000))
    parts = told["retention"]["taken"]["centimes"] + told["vat_withheld"]["centimes"] + 1_000_00
    assert told["net"]["centimes"] == 434_000_00 - parts
    over = certify(call, "D2", APRIL, "--amount", "1", "--special-penalty", "19000.01")
    refused(over, 3, "over_special_cap", "W15")


def test_only_finance_certifies(line: Engine, call: Call) -> None:
    begin(call)
    enter = ("certificate", "enter", CONTRACT, "--reference", "D1", "--on", MARCH, "--amount", "1")

    assert call(*enter, "--as", "officer").exit == 4
    assert call(*enter, "--dry-run", "--as", "officer").exit == 4
    assert call(*enter, "--json").json["error"] == "nobody_acts"
    future = [part.replace(MARCH, "2090-01-01") for part in enter]
    assert call(*future, *BY_FINANCE).json["reason"] == "in_the_future"
