"""What only the terminal can refuse, with its own sentences."""

from abc import ABC, abstractmethod

from models.rules.errors import CentreError
from tadshin.terminal.language import _, fill, obstacle, spoken


class TerminalError(CentreError, ABC):
    """Something is wrong with the call itself; the sentence is the terminal's own."""

    @abstractmethod
    def sentence(self) -> str:
        """Return the sentence in the language spoken."""


class NobodyActs(TerminalError):
    """A command that changes something was given nobody who acts."""

    code = "nobody_acts"

    def sentence(self) -> str:
        """Say how to name the person."""
        return _("Say who acts: add --as LOGIN, or set TADSHIN_USER.")


class NewerDatabase(TerminalError):
    """The database was made by a later version of the program."""

    code = "newer_database"

    def sentence(self) -> str:
        """Say what to do."""
        return _("The database is of a later version than this program: bring the program up to date.")


class NotAFile(TerminalError):
    """A file that was named cannot be read or written. Details: file, problem (a code), number."""

    code = "file_unusable"

    def sentence(self) -> str:
        """Name the file and what the system says of it."""
        words = _("The file {file} cannot be used: {problem}.")
        return fill(words, file=self.details["file"], problem=obstacle(self.details))


class NothingToChange(TerminalError):
    """A correction names nothing that is not so already."""

    code = "nothing_to_change"

    def sentence(self) -> str:
        """Say what is missing."""
        return _("Name at least one thing that is to be different; --help lists them.")


class TrancheRefused(TerminalError):
    """A tranche of a plan cannot be read, or cannot be.

    Details: tranche (its place), text, problem (a code), and those of what is wrong with it.
    Source: docs/rules.md, X31.
    """

    code = "tranche_refused"

    def __init__(self, number: int, text: str, problem: CentreError) -> None:
        self.problem = problem
        super().__init__(**{**problem.details, "tranche": number, "text": text, "problem": problem.code})

    def sentence(self) -> str:
        """Name the tranche by its place and its text, and say what is wrong with it."""
        from notifications.words import sentence

        words = _("Tranche {number} ({text}): {problem}")
        told = sentence(self.problem, spoken())
        return fill(words, number=self.details["tranche"], text=self.details["text"], problem=told)
