"""Files that people hand in: read with suspicion, told back by row and field."""
