"""What the references of sample rows begin with, so that no invented figure looks like a fact."""

DOSSIER_MARK = "SAMPLE"
"""Of what completes a dossier of the demonstration."""

BOOKS_MARK = "EXEMPLE"
"""Of the sample books of the centres."""

MARKS = (DOSSIER_MARK, BOOKS_MARK)


def is_marked(*references: str | None) -> bool:
    """Tell whether one of the references is a sample's."""
    return any((reference or "").startswith(MARKS) for reference in references)
