"""The folders that hold our files: each is named where it cannot be used."""

import io
from pathlib import Path

import pytest

from models import storage
from models.settings import LANGUAGES, Settings
from models.storage import FolderUnavailable, OwnFolder
from notifications.words import sentence, shown


@pytest.mark.parametrize("name", list(OwnFolder))
def test_the_folder_that_cannot_be_used_is_named(tmp_path: Path, name: OwnFolder) -> None:
    """By what it keeps, and by its path."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(FolderUnavailable) as told:
        storage.store(io.BytesIO(b"a"), original_name="a.txt", folder=blocked / name, limit=10)

    assert (told.value.details["kept"], told.value.details["folder"]) == (name, str(blocked / name))
    for language in LANGUAGES:
        words = sentence(told.value, language)
        assert shown(name, language) in words
        assert str(blocked / name) in words


def test_our_folders_have_these_names() -> None:
    settings = Settings()

    folders = (settings.evidence_folder, settings.statements_folder, settings.snapshots_folder)
    assert tuple(folder.name for folder in folders) == tuple(OwnFolder)
