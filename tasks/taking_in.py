"""The inbox of the settings in force, with the words of the house: shared by the terminal and the flow."""

from datetime import datetime

from intake.statements.arrival import Folders
from intake.statements.inbox import TakenIn, Words, take_in
from models.rules.portfolio import Problem
from models.settings import load_settings
from notifications.words import describe_problem, say, sentence


def take_in_all(at: datetime, by: str = "", language: str = "") -> list[TakenIn]:
    """Take in what lies in the inbox. `by` "": the scheduled run; `language` "": that of the house.

    Raises: what `take_in` raises.
    """
    settings = load_settings()
    spoken = language or settings.house_language
    words = Words(
        of_error=lambda error: sentence(error, spoken),
        of_problem=lambda problem: _told(problem, spoken),
    )
    folders = Folders(settings.statements_folder, settings.profiles_folder)
    return take_in(settings.inbox_folder, folders, words, at=at, by=by)


def _told(problem: Problem, language: str) -> str:
    """Return what is wrong with a cell, after the name of its field."""
    why = describe_problem(problem, language)
    return f"{say(f'field.{problem.field}', language)}: {why}" if problem.field else why
