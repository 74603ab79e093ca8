"""Statements of banks and ledgers: read by profiles that are data, told back by row and field."""
