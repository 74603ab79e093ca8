"""The empty table that people fill in: as a text file for any program, or as a workbook with lists."""

import csv
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from intake.vocabulary import Vocabulary, vocabulary
from models.rules.errors import BadValue, CentreError
from models.rules.obstacles import obstacle_of
from models.settings import LANGUAGES

_AUTHOR = "Tadshin"
_ROWS_WITH_LISTS = 1000
_COLUMN_WIDTH, _NARROW = 28, 16
_NARROW_COLUMNS = frozenset({"key", "beds", "stage", "number", "budget_year"})
_TEXT_COLUMNS = frozenset({"code", "key", "convention", "contract", "reference"})
_HEADING = PatternFill("solid", fgColor="DDEBF7")
_SAMPLE = PatternFill("solid", fgColor="F2F2F2")
_COMMENT_SIZE = (110, 320)  # height and width, in pixels


class FileNotWritten(CentreError):
    """A file cannot be written there. Details: file, problem (a code), number."""

    code = "file_not_written"


def write_template(path: Path, language: str, words: Vocabulary | None = None) -> None:
    """Write a template in a language, as its ending says: .csv or .xlsx; of a portfolio, or of `words`.

    An example row is marked as such; the import passes it over.
    Raises: BadValue for another ending, another language, or a file that is there already;
    FileNotWritten.
    Source: docs/rules.md, I16.
    """
    if language not in LANGUAGES:
        raise BadValue(field="language", value=language[:20], reason="unknown_language", limit=LANGUAGES)
    writers = {".csv": _write_text, ".xlsx": _write_workbook}
    write = writers.get(path.suffix.casefold())
    if write is None:
        raise BadValue(field="file", value=path.name[:60], reason="not_csv_or_xlsx")
    try:
        path.open("xb").close()  # never over a file that somebody has filled in
    except FileExistsError:
        raise BadValue(field="file", value=path.name[:60], reason="already_there") from None
    except (OSError, ValueError) as error:
        raise FileNotWritten(file=str(path), **obstacle_of(error)) from error
    try:
        write(path, language, words or vocabulary())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileNotWritten(file=str(path), **obstacle_of(error)) from error


def _headings(language: str, words: Vocabulary) -> list[str]:
    return [words.columns.shown(name, language) for name in words.columns.by_code]


def _sample_row(language: str, words: Vocabulary) -> list[str]:
    row = []
    for name in words.columns.by_code:
        value = words.sample[name]
        if name in words.choices and value in words.choices[name].by_code:
            value = words.choices[name].shown(value, language)
        row.append(value[language] if isinstance(value, dict) else value)
    return row


def _write_text(path: Path, language: str, words: Vocabulary) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(_headings(language, words))
        writer.writerow(_sample_row(language, words))


def _write_workbook(path: Path, language: str, words: Vocabulary) -> None:
    book = openpyxl.Workbook()
    titles = words.titles[language]
    sheet, lists = book.worksheets[0], book.create_sheet(titles["lists"])
    sheet.title = titles["sheet"]
    for each in (sheet, lists):
        each.sheet_view.rightToLeft = language == "ar"
        each.freeze_panes = "A2"
    sheet.append(_headings(language, words))
    sheet.append(_sample_row(language, words))
    for place, name in enumerate(words.columns.by_code, start=1):
        _dress(sheet, place, name, words.hints[name][language])
    _fill_lists(lists, language, words)
    for column, name in enumerate(words.choices):
        _offer(sheet, lists.title, name, 2 * column + 1, words)
    book.save(path)


def _dress(sheet: Worksheet, place: int, name: str, hint: str) -> None:
    heading, sample = sheet.cell(1, place), sheet.cell(2, place)
    heading.font, heading.fill = Font(bold=True), _HEADING
    heading.comment = Comment(hint, _AUTHOR, *_COMMENT_SIZE)
    sample.font, sample.fill = Font(italic=True, color="7F7F7F"), _SAMPLE
    letter = get_column_letter(place)
    sheet.column_dimensions[letter].width = _NARROW if name in _NARROW_COLUMNS else _COLUMN_WIDTH
    if name in _TEXT_COLUMNS:
        for row in range(2, _ROWS_WITH_LISTS + 1):
            sheet.cell(row, place).number_format = "@"  # a key such as 3-4 is no date


def _fill_lists(lists: Worksheet, language: str, words: Vocabulary) -> None:
    """Write the words of each choice beside their codes, two columns for each."""
    for column, name in enumerate(words.choices):
        left = 2 * column + 1
        lists.cell(1, left, words.columns.shown(name, language)).font = Font(bold=True)
        lists.cell(1, left + 1, words.titles[language]["code"]).font = Font(bold=True)
        lists.column_dimensions[get_column_letter(left)].width = 2 * _COLUMN_WIDTH
        for row, code in enumerate(words.choices[name].by_code, start=2):
            lists.cell(row, left, words.choices[name].shown(code, language))
            lists.cell(row, left + 1, code)


def _offer(sheet: Worksheet, lists: str, name: str, column: int, words: Vocabulary) -> None:
    """Offer the words of a choice as a list in its column."""
    letter = get_column_letter(column)
    last = len(words.choices[name].by_code) + 1
    source = f"{quote_sheetname(lists)}!${letter}$2:${letter}${last}"
    offer = DataValidation(type="list", formula1=source, allow_blank=True)
    place = get_column_letter(list(words.columns.by_code).index(name) + 1)
    offer.add(f"{place}2:{place}{_ROWS_WITH_LISTS}")
    sheet.add_data_validation(offer)
