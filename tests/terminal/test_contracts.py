"""Contracts at the terminal: signed, their figures, orders, amendments, plan and bill."""

from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from models import db
from tests import builders
from tests.terminal.conftest import Call
from tests.terminal.signed import BY_FINANCE, BY_OFFICER, CONTRACT, SIGN, begin, certify, dirhams, refused

ORDER = ("contract", "order", CONTRACT)
AMEND = ("contract", "amend", CONTRACT)
PLAN = ("contract", "plan", CONTRACT)
BILL = ("contract", "bill", CONTRACT)


def test_a_contract_is_signed_once(line: Engine, call: Call) -> None:
    """X40: the same again is kindly answered, other terms under the reference are a conflict."""
    first, again = call(*SIGN, *BY_OFFICER), call(*SIGN, *BY_OFFICER)
    dearer = [part.replace("1 000 000,00", "1000000.01") for part in SIGN]

    assert (first.exit, first.json["changed"], first.json["over_line"]) == (0, True, None)
    assert (again.exit, again.json["changed"]) == (0, False)
    refused(call(*dearer, *BY_OFFICER), 5, "already_stated", "W24")
    refused(call(*SIGN, "--term", "retention=5 %", *BY_OFFICER), 5, "already_stated", "W24")
    shown = call("contract", "show", CONTRACT, "--json").json["position"]
    assert (shown["amount"], shown["line"], shown["kind"]) == (dirhams(1_000_000), "T1", "works")


def test_a_contract_above_its_line_is_said_at_once(line: Engine, call: Call) -> None:
    """W24."""
    above = [part.replace("1 000 000,00", "1200000.01") for part in SIGN]

    told = call(*above, *BY_OFFICER)

    assert (told.exit, told.json["over_line"]) == (0, dirhams(0.01))
    assert "0,01" in call(*above, "--as", "officer", "--lang", "fr").out


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--amount", "-5", "negative"),
        ("--amount", "1000.125", "too_many_decimals"),
        ("--amount", "0", "not_positive"),
        ("--signed", "2999-01-01", "out_of_range"),
        ("--signed", "2089-01-01", "in_the_future"),
        ("--days", "0", "out_of_range"),
        ("--contractor", "a\u202eb", "hidden_characters"),
        ("--contractor", "x" * 10_000, "too_long"),
        ("--kind", "bridge", "not_a_choice"),
        ("--index-month", "2025-13", "not_a_month"),
        ("--index", "BAT6", "index_incomplete"),
        ("--term", "retention", "not_a_pair"),
        ("--term", "retention=101 %", "out_of_range"),
        ("--term", "retention=-5 %", "negative"),
    ],
)
def test_what_no_contract_has_is_refused(
    line: Engine, call: Call, option: str, value: str, reason: str
) -> None:
    told = call(*SIGN, option, value, *BY_OFFICER)

    assert (told.exit, told.json["reason"]) == (2, reason)
    assert call("contract", "show", CONTRACT, "--json").json["error"] == "unknown_key"


def test_hostile_texts_stay_texts(line: Engine, call: Call) -> None:
    hostile = "<script>{{7*7}}</script>"

    call(*SIGN, "--subject", hostile, "--contractor", "=cmd()", *BY_OFFICER)

    shown = call("contract", "show", CONTRACT, "--lang", "ar").out
    assert hostile in shown
    assert "=cmd()" in shown


def test_who_may_write_and_who_may_read(line: Engine, call: Call) -> None:
    with db.transaction(line) as session:
        builders.make_person(session, "south", "officer", region="fes-meknes")

    assert call(*SIGN, "--json").json["error"] == "nobody_acts"
    assert call(*SIGN, "--as", "auditor").exit == 4
    assert call(*SIGN, "--as", "south").exit == 4
    begin(call)
    assert call("contract", "show", CONTRACT).exit == 0
    for noun, verb in (("contract", "show"), ("contract", "terms"), ("payment", "list")):
        assert call(noun, verb, CONTRACT, "--as", "south").exit == 4
    assert call(*ORDER, "stop", "--on", "2025-03-01", "--as", "south").exit == 4


def test_a_contract_nearly_named_is_offered(line: Engine, call: Call) -> None:
    begin(call)

    told = call("contract", "show", "M-1/2026", "--json")

    assert (told.exit, told.json["error"], told.json["candidates"]) == (2, "unknown_key", [CONTRACT])


def test_figures_have_their_day(line: Engine, call: Call) -> None:
    """W11."""
    begin(call, "--term", "plafond de la retenue de garantie=5 %")
    cap = ("contract", "set-term", CONTRACT, "delay_cap", "10 %", "--since", "2025-03-01", "--reason", "x")

    changed, again = call(*cap, *BY_OFFICER), call(*cap, *BY_OFFICER)
    other = [part.replace("10 %", "9 %") for part in cap]
    before = call("contract", "terms", CONTRACT, "--on", "2025-02-28", "--json").json["terms"]
    now = call("contract", "terms", CONTRACT, "--json").json["terms"]
    every = call("contract", "terms", CONTRACT, "--all", "--json").json["terms"]

    assert (changed.json["changed"], again.json["changed"]) == (True, False)
    refused(call(*other, *BY_OFFICER), 5, "already_stated", "W24")
    told = {term["name"]: (term["value"], term["since"]) for term in now}
    assert told["delay_cap"] == (10_00, "2025-03-01")
    assert told["retention_cap"] == (5_00, "2025-01-10")
    assert {term["name"]: term["value"] for term in before}["delay_cap"] == 8_00
    ended = [(term["since"], term["until"]) for term in every if term["name"] == "delay_cap"]
    assert ended == [("2025-01-10", "2025-03-01"), ("2025-03-01", None)]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar", ("سقف غرامات التأخير", "/1000")),
        ("fr", ("1/1000 par jour", "10 %")),
        ("en", ("1/1000 a day",)),
    ],
)
def test_figures_are_shown_as_people_write_them(
    line: Engine, call: Call, language: str, words: tuple[str, ...]
) -> None:
    begin(call)

    shown = call("contract", "terms", CONTRACT, "--lang", language).out.replace("\u00a0", " ")

    assert all(word in shown for word in words)


def test_stop_orders_do_not_overlap(line: Engine, call: Call) -> None:
    """W12."""
    call(*SIGN, *BY_OFFICER)
    refused(call(*ORDER, "stop", "--on", "2025-02-10", *BY_OFFICER), 3, "not_started", "W12")
    for kind, day in (("start", "2025-02-01"), ("stop", "2025-02-10")):
        assert call(*ORDER, kind, "--on", day, *BY_OFFICER).json["changed"] is True

    assert call(*ORDER, "stop", "--on", "2025-02-10", *BY_OFFICER).json["changed"] is False
    refused(call(*ORDER, "stop", "--on", "2025-02-12", *BY_OFFICER), 3, "already_stopped", "W12")
    refused(call(*ORDER, "resume", "--on", "2025-02-09", *BY_OFFICER), 3, "before_last_order", "W12")
    assert call(*ORDER, "resume", "--on", "2025-02-20", *BY_OFFICER).exit == 0
    position = call("contract", "show", CONTRACT, "--json").json["position"]
    assert (position["stopped_days"], position["ends_on"]) == (10, "2025-05-22")


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "(\u2068W12\u2069)"), ("fr", "Ordre de service\u00a0: "), ("en", "Service order: ")],
)
def test_a_refusal_names_its_rule_in_each_language(
    line: Engine, call: Call, language: str, words: str
) -> None:
    begin(call)

    told = call(*ORDER, "start", "--on", "2025-02-02", "--as", "officer", "--lang", language)

    assert told.exit == 3
    assert words in told.err
    assert "W12" in told.err


def test_amendments_say_what_they_pass(line: Engine, call: Call) -> None:
    """W16 and W25."""
    begin(call)
    extra = ("--kind", "extra_works", "--amount", "100000.01", "--signed", "2025-03-01")

    first, again = call(*AMEND, "1", *extra, *BY_OFFICER), call(*AMEND, "1", *extra, *BY_OFFICER)
    gap = call(*AMEND, "3", *extra, *BY_OFFICER)
    less = ("--kind", "mass", "--amount", "-200000", "--signed", "2025-03-02")

    assert first.json["over_limits"] == {"extra_works": dirhams(0.01)}
    assert (first.json["changed"], again.json["changed"], again.exit) == (True, False, 0)
    refused(gap, 3, "out_of_order", "W25")
    assert call(*AMEND, "2", *less, *BY_OFFICER).json["amount"] == dirhams(-200_000)
    assert certify(call, "D1", "2025-03-31", "--amount", "800000").exit == 0
    short = ("--kind", "mass", "--amount", "-100000.02", "--signed", "2025-03-03")
    refused(call(*AMEND, "3", *short, *BY_OFFICER), 3, "below_certified", "W25")
    shown = call("contract", "show", CONTRACT, "--lang", "fr")
    assert "travaux supplémentaires dépassent leur limite de 0,01" in shown.out


def test_payments_are_planned_by_month(line: Engine, call: Call) -> None:
    """W26 and X42."""
    begin(call)
    assert "no payments" in call(*PLAN, "--lang", "en").out.casefold()
    months = ("--month", "2025-03=400000", "--month", "04/2025=600 000,00")

    made, again = call(*PLAN, *months, *BY_OFFICER), call(*PLAN, *months, *BY_OFFICER)

    assert (made.json["version"], made.json["changed"], again.json["changed"]) == (1, True, False)
    stands = [("2025-03", dirhams(400_000)), ("2025-04", dirhams(600_000))]
    for told in (made.json, call(*PLAN, "--json").json):
        assert [(one["month"], one["amount"]) for one in told["months"]] == stands
    refused(call(*PLAN, "--month", "2025-03=999999.99", *BY_OFFICER), 3, "plan_does_not_sum", "W26")
    twice = call(*PLAN, "--month", "2025-03=400000", "--month", "2025-03=600000", *BY_OFFICER)
    assert (twice.exit, twice.json["reason"]) == (2, "taken")
    assert call(*PLAN, "--month", "2025-03", *BY_OFFICER).json["reason"] == "not_a_pair"


def test_a_plan_comes_from_a_file_or_not_at_all(line: Engine, call: Call, tmp_path: Path) -> None:
    begin(call)
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("Mois;Montant\n2025-03;400 000,00\n2025-04;600 000,00\n", encoding="utf-8")
    bad.write_text("Mois;Montant\n2025-03;400 000,00\n2025-03;x\n31/04/2025;-1\n", encoding="utf-8")

    faulty = call(*PLAN, "--file", str(bad), *BY_OFFICER)
    both = call(*PLAN, "--file", str(good), "--month", "2025-03=1", *BY_OFFICER)

    found = [(problem["row"], problem["code"]) for problem in faulty.json["problems"]]
    assert (faulty.exit, faulty.json["written"]) == (2, False)
    assert found == [(3, "not_an_amount"), (4, "not_a_month"), (4, "negative")]
    assert (both.exit, both.json["reason"]) == (2, "options_or_file")
    assert call(*PLAN, "--json").json["months"] == []
    assert call(*PLAN, "--file", str(good), *BY_OFFICER).json["version"] == 1
    assert call(*PLAN, "--file", str(tmp_path / "none.csv"), *BY_OFFICER).exit == 2


def test_a_bill_comes_from_a_file(line: Engine, call: Call, tmp_path: Path) -> None:
    """W29."""
    begin(call)
    assert call(*BILL, "--json").json["items"] == []
    file, dearer = tmp_path / "bill.csv", tmp_path / "dearer.csv"
    head = "N° de prix;Désignation;Unité;Quantité;Prix unitaire\n"
    file.write_text(head + "1.1;Béton;m3;100;4 000,00\n1.2;Acier;t;50,5;10 000,00\n", encoding="utf-8")
    dearer.write_text(head + "1.3;Peinture;m2;1000;95,01\n", encoding="utf-8")

    made, again = (call(*BILL, "--file", str(file), *BY_OFFICER) for _ in range(2))

    assert (made.json["added"], made.json["total"]) == (2, dirhams(905_000))
    assert (again.json["added"], again.json["changed"]) == (0, 0)
    refused(call(*BILL, "--file", str(dearer), *BY_OFFICER), 3, "bill_over_contract", "W29")
    certify(call, "D1", "2025-03-31", "--item", "1.2=10,05")
    items = call(*BILL, "--json").json["items"]
    assert [(one["code"], one["quantity"], one["measured"]) for one in items] == [
        ("1.1", 100_000, 0),
        ("1.2", 50_500, 10_050),
    ]
    assert "50,5" in call(*BILL, "--lang", "fr").out


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_template_is_read_back(line: Engine, call: Call, tmp_path: Path, language: str) -> None:
    """X42."""
    begin(call)
    file = tmp_path / "bill.xlsx"
    assert call("contract", "template", "bill", str(file), "--lang", language).exit == 0
    book = openpyxl.load_workbook(file)
    book.worksheets[0].append(["1.10", "Sample concrete", "m3", 2.125, 4000])
    book.save(file)

    made = call(*BILL, "--file", str(file), *BY_FINANCE)

    assert (made.exit, made.json["added"], made.json["total"]) == (0, 1, dirhams(8_500))
    assert call(*BILL, "--json").json["items"][0]["code"] == "1.10"
    assert call("contract", "template", "bill", str(file)).exit == 2  # never over a file that is there
