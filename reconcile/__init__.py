"""Matching what the bank moved with what was called and certified: pure arrays, no database, no clock."""
