"""`tadshin reconcile books`: a folder is matched without the database, or told what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reconcile.folder import COUNCILS, line, tranche, write
from tests.terminal.conftest import answer


def test_a_folder_is_matched_without_the_database(tmp_path: Path) -> None:
    paid = line(1, "2024-03-20", "1234567.89", "VIR", who=COUNCILS[0], reference="AF 2024 0001")
    write(tmp_path, [tranche(1, 1, "1234567.89")], [paid])
    out = tmp_path / "matches.csv"

    told = answer("reconcile", "books", str(tmp_path), "--out", str(out), "--json")

    assert (told.exit, told.json["counts"]["matched"]) == (0, 1)
    assert told.json["thresholds"]["single"]["cautious"]
    assert {note["file"] for note in told.json["notes"]} >= {"rates.csv", "certificates.csv"}
    assert out.read_text().splitlines()[1].startswith("L001,tranche,T001,1234567.89,matched")
    for language in ("ar", "fr", "en"):
        assert (
            str(out)
            in answer("reconcile", "books", str(tmp_path), "--out", str(out), "--lang", language).out
        )


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_books_that_cannot_be_read_write_nothing(tmp_path: Path, language: str) -> None:
    write(tmp_path, [tranche(1, 1, "100.00")], [line(1, "2024-02-31", "1.234,5", "=cmd()")])
    out = tmp_path / "matches.csv"
    call = ("reconcile", "books", str(tmp_path), "--out", str(out), "--lang", language)

    told = answer(*call, "--json")

    assert (told.exit, told.json["error"], told.json["count"]) == (2, "books_unreadable", 2)
    assert {(one["row"], one["column"]) for one in told.json["problems"]} == {(2, "op_date"), (2, "amount")}
    assert "2024-02-31" in answer(*call).out
    assert not out.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = answer("reconcile", "books", str(tmp_path / "no"), "--out", str(tmp_path / "m.csv"), "--json")

    assert (told.exit, told.json["problems"][0]["reason"]) == (2, "not_a_folder")


def test_words_of_banks_that_cannot_be_read_stop_the_run(
    tmp_path: Path, settings_env: Callable[..., None]
) -> None:
    write(tmp_path, [], [])
    words = tmp_path / "words"
    words.mkdir()
    (words / "words.csv").write_text("kind,word,means\nfeee,=cmd(),\n")
    (words / "aliases.csv").write_text("party,alias\n")
    settings_env(reconciliation_words=words)
    call = ("reconcile", "books", str(tmp_path), "--out", str(tmp_path / "m.csv"))

    told = answer(*call, "--json")

    assert (told.exit, told.json["error"], told.json["count"]) == (2, "words_unreadable", 1)
    assert told.json["problems"][0] | {"message": ""} == {
        "file": "words.csv",
        "row": 2,
        "column": "kind",
        "reason": "unknown_kind",
        "value": "feee",
        "message": "",
    }
    assert not (tmp_path / "m.csv").exists()
