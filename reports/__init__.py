"""Papers for people: letters, workbooks, curves, positions. The only room for frames and typesetting."""
